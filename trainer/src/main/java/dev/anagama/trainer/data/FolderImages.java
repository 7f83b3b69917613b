package dev.anagama.trainer.data;

import dev.anagama.diffusion.checkpoint.ImageShape;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Pictures in folders by class: {@code FOLDER/train/CLASS/*.png} (also .jpg, .gif, .bmp) and {@code
 * FOLDER/test/...}. Classes have labels in the order of their names. Pictures are decoded when they
 * are asked for; those asked for last are kept, up to a bound.
 *
 * <p>With a {@link DataCard}, every picture must have the size that it says, channels aside.
 * Without one, pictures of any size are cropped and averaged to the size asked for.
 */
public final class FolderImages implements ImageSet {
  /** Most pictures of a split. */
  public static final int MAX_IMAGES = 10_000_000;

  private static final long CACHE_BYTES = 256L << 20;
  private static final float CACHE_LOAD = 0.75f;
  private static final List<String> SUFFIXES = List.of(".png", ".jpg", ".jpeg", ".gif", ".bmp");

  private final ImageShape shape;
  private final boolean prepared;
  private final List<String> classNames;
  private final List<Path> files;
  private final int[] labels;
  private final Map<Integer, byte[]> cache;

  private FolderImages(
      ImageShape shape, boolean prepared, List<String> classNames, Map<Path, Integer> labelled) {
    this.shape = shape;
    this.prepared = prepared;
    this.classNames = classNames;
    this.files = List.copyOf(labelled.keySet());
    this.labels = labelled.values().stream().mapToInt(Integer::intValue).toArray();
    int most = (int) Math.max(1, CACHE_BYTES / shape.count());
    this.cache =
        new LinkedHashMap<>(16, CACHE_LOAD, true) {
          private static final long serialVersionUID = 1L;

          @Override
          protected boolean removeEldestEntry(Map.Entry<Integer, byte[]> eldest) {
            return size() > most;
          }
        };
  }

  /** Name of the folder of a split. */
  static String name(IdxFiles.Split split) {
    return split == IdxFiles.Split.TRAIN ? "train" : "test";
  }

  /**
   * Lists one split and looks at every picture: decodes it where a prepared set fits into memory,
   * and else reads its header.
   *
   * @param asked to which pictures are brought; empty to take the card's size
   * @throws DataException if a folder is empty, classes differ between the splits, a file is not a
   *     picture, or has another size than the card says
   */
  static FolderImages open(Path folder, IdxFiles.Split split, Optional<ImageShape> asked) {
    Optional<DataCard> card = DataCard.read(folder);
    ImageShape shape =
        asked
            .or(() -> card.map(DataCard::image))
            .orElseThrow(
                () ->
                    new DataException(
                        "%s has no %s, so the size of its images must be given (--image-size)"
                            .formatted(folder, DataCard.FILE)));
    boolean prepared = card.map(DataCard::image).filter(size -> isOfSize(shape, size)).isPresent();
    Path half = folder.resolve(name(split));
    List<String> classNames = classNames(folder);
    List<String> here = folders(half);
    if (!here.equals(classNames)) {
      throw new DataException(
          "%s has classes %s and training has %s; they must be the same"
              .formatted(half, here, classNames));
    }
    Map<Path, Integer> labelled = new LinkedHashMap<>();
    for (int label = 0; label < classNames.size(); label++) {
      for (Path file : pictures(half.resolve(classNames.get(label)))) {
        labelled.put(file, label);
      }
    }
    if (labelled.size() > MAX_IMAGES) {
      throw new DataException(
          "%s has %d images; allowed: %d".formatted(half, labelled.size(), MAX_IMAGES));
    }
    FolderImages images = new FolderImages(shape, prepared, classNames, labelled);
    images.requireReadable();
    return images;
  }

  /** Names of the classes of a folder, by label. */
  static List<String> classNames(Path folder) {
    return folders(folder.resolve(name(IdxFiles.Split.TRAIN)));
  }

  @Override
  public ImageShape shape() {
    return shape;
  }

  @Override
  public int size() {
    return labels.length;
  }

  @Override
  public int label(int index) {
    return labels[index];
  }

  @Override
  public int classes() {
    return classNames.size();
  }

  @Override
  public List<String> classNames() {
    return classNames;
  }

  @Override
  public void decode(int index, float[] target, int offset) {
    byte[] pixels = cache.computeIfAbsent(index, i -> read(files.get(i)));
    for (int i = 0; i < pixels.length; i++) {
      target[offset + i] = (float) (Byte.toUnsignedInt(pixels[i]) / 127.5 - 1);
    }
  }

  private byte[] read(Path file) {
    BufferedImage picture = PictureDecoder.decode(file);
    requireSize(file, picture.getHeight(), picture.getWidth());
    return PictureScaling.scale(picture, shape);
  }

  private void requireReadable() {
    boolean all = prepared && (long) files.size() * shape.count() <= CACHE_BYTES;
    for (int i = 0; i < files.size(); i++) {
      PictureHeader header = PictureHeader.read(files.get(i));
      requireSize(files.get(i), header.height(), header.width());
      if (all) {
        cache.put(i, read(files.get(i)));
      }
    }
  }

  /** Channels aside: pictures may be read in grey. */
  private static boolean isOfSize(ImageShape shape, ImageShape size) {
    return shape.height() == size.height() && shape.width() == size.width();
  }

  private void requireSize(Path file, int height, int width) {
    if (prepared && (height != shape.height() || width != shape.width())) {
      throw new DataException(
          "%s is %d x %d pixels; %s says %d x %d"
              .formatted(file, height, width, DataCard.FILE, shape.height(), shape.width()));
    }
  }

  private static List<String> folders(Path parent) {
    List<String> names =
        list(parent).stream().filter(Files::isDirectory).map(FolderImages::name).toList();
    if (names.isEmpty()) {
      throw new DataException(parent + " has no folders; there must be one for each class");
    }
    return names;
  }

  private static List<Path> pictures(Path parent) {
    List<Path> files =
        list(parent).stream()
            .filter(
                file -> SUFFIXES.stream().anyMatch(name(file).toLowerCase(Locale.ROOT)::endsWith))
            .toList();
    if (files.isEmpty()) {
      throw new DataException(
          "%s is empty: it has no files that end in %s".formatted(parent, SUFFIXES));
    }
    return files;
  }

  private static String name(Path path) {
    return String.valueOf(path.getFileName());
  }

  /** What a folder holds, hidden files aside, by name. */
  private static List<Path> list(Path parent) {
    try (Stream<Path> entries = Files.list(parent)) {
      return new ArrayList<>(
          entries.filter(entry -> !name(entry).startsWith(".")).sorted().toList());
    } catch (IOException e) {
      throw new DataException("cannot read the folder " + parent + ": " + e, e);
    }
  }
}
