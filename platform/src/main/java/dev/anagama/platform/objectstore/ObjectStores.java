package dev.anagama.platform.objectstore;

import java.net.URI;
import java.nio.file.Path;

/** Opens the object store that a URI names. */
public final class ObjectStores {
  private ObjectStores() {}

  /**
   * Opens a store, making its folder if there is none.
   *
   * @param uri {@code file:///folder}
   * @throws IllegalArgumentException if the URI names no back end that there is
   * @throws ObjectStoreException if the back end can not be used
   */
  public static ObjectStore open(URI uri) {
    if (!"file".equalsIgnoreCase(uri.getScheme())) {
      throw new IllegalArgumentException(
          "object store is '%s'; allowed: file:///an/absolute/folder".formatted(uri));
    }
    return new FileObjectStore(folder(uri));
  }

  private static Path folder(URI uri) {
    try {
      return Path.of(uri);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "object store is '%s' (%s); allowed: file:///an/absolute/folder"
              .formatted(uri, e.getMessage()),
          e);
    }
  }
}
