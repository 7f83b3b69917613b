package dev.anagama.platform.objectstore;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;

/**
 * One page of a listing of files, in the order of keys: a folder sorts as its name and a slash do.
 * It keeps a page of names for each level of folders in memory, however many a folder has.
 */
final class FileListing {
  private final String after;
  private final int limit;
  private final List<ListedObject> found = new ArrayList<>();

  private FileListing(String after, int limit) {
    this.after = after;
    this.limit = limit;
  }

  /**
   * Lists what is below a folder.
   *
   * @param folder the folder itself; it need not be there
   * @param key of the folder
   */
  static ObjectPage of(Path folder, String key, Optional<String> after, int limit)
      throws IOException {
    FileListing listing = new FileListing(after.orElse(""), limit);
    listing.walk(folder, key);
    List<ListedObject> found = listing.found;
    // One more than the page is looked for, to know whether there is one.
    return found.size() > limit
        ? new ObjectPage(found.subList(0, limit), Optional.of(found.get(limit - 1).key()))
        : new ObjectPage(found, Optional.empty());
  }

  private void walk(Path folder, String key) throws IOException {
    String from = "";
    while (found.size() <= limit) {
      NavigableSet<String> names = names(folder, key, from);
      for (String name : names) {
        visit(folder, key, name);
      }
      if (names.size() <= limit) {
        return;
      }
      from = names.last();
    }
  }

  private void visit(Path folder, String key, String name) throws IOException {
    if (found.size() > limit) {
      return;
    }
    if (name.endsWith("/")) {
      String plain = name.substring(0, name.length() - 1);
      walk(folder.resolve(plain), key + "/" + plain);
      return;
    }
    try {
      BasicFileAttributes file =
          Files.readAttributes(folder.resolve(name), BasicFileAttributes.class);
      if (file.isRegularFile()) {
        found.add(
            new ListedObject(key + "/" + name, file.size(), file.lastModifiedTime().toInstant()));
      }
    } catch (NoSuchFileException e) {
      // It was removed since its folder was read; then it is not there.
    }
  }

  /** The first names behind {@code from}, one more than a page; those of folders with a slash. */
  private NavigableSet<String> names(Path folder, String key, String from) throws IOException {
    NavigableSet<String> names = new TreeSet<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
      for (Path entry : entries) {
        String plain = String.valueOf(entry.getFileName());
        if (!ObjectKeys.isSegment(plain)) {
          continue;
        }
        String name = Files.isDirectory(entry) ? plain + "/" : plain;
        if (name.compareTo(from) > 0 && reaches(key + "/" + name)) {
          names.add(name);
          if (names.size() > limit + 1) {
            names.pollLast();
          }
        }
      }
    } catch (NoSuchFileException | NotDirectoryException e) {
      // No such folder: it holds nothing.
      return new TreeSet<>();
    }
    return names;
  }

  /** Whether a key, or one that begins with it, can come after the page before. */
  private boolean reaches(String key) {
    return key.compareTo(after) > 0 || (key.endsWith("/") && after.startsWith(key));
  }
}
