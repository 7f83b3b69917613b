package dev.anagama.trainer.data;

import dev.anagama.diffusion.checkpoint.ImageShape;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;

/**
 * The IDX files of the MNIST family, plain or gzipped: a magic number 00 00 08 DIMENSIONS, the
 * sizes as big-endian 32-bit integers, then unsigned bytes.
 */
public final class IdxFiles {
  /** Which half of the data. */
  public enum Split {
    TRAIN("train"),
    TEST("t10k");

    private final String prefix;

    Split(String prefix) {
      this.prefix = prefix;
    }
  }

  private static final int MAX_BYTES = 1_000_000_000;

  private IdxFiles() {}

  /**
   * Reads images and labels of one split from a folder.
   *
   * @throws DataException naming the file that is missing, cut short or not IDX
   */
  public static LabelledImages read(Path folder, Split split) {
    Path imageFile = find(folder, split.prefix + "-images-idx3-ubyte");
    Path labelFile = find(folder, split.prefix + "-labels-idx1-ubyte");
    Idx images = read(imageFile, 3);
    Idx labels = read(labelFile, 1);
    if (images.sizes[0] != labels.sizes[0]) {
      throw new DataException(
          "%s has %d images and %s has %d labels; they must be as many"
              .formatted(imageFile, images.sizes[0], labelFile, labels.sizes[0]));
    }
    return new LabelledImages(shape(imageFile, images.sizes), images.bytes, labels.bytes);
  }

  private record Idx(int[] sizes, byte[] bytes) {}

  private static ImageShape shape(Path file, int[] sizes) {
    try {
      return new ImageShape(1, sizes[1], sizes[2]);
    } catch (IllegalArgumentException e) {
      throw new DataException(file + ": " + e.getMessage(), e);
    }
  }

  private static Path find(Path folder, String name) {
    for (String suffix : new String[] {"", ".gz"}) {
      Path file = folder.resolve(name + suffix);
      if (Files.isRegularFile(file)) {
        return file;
      }
    }
    throw new DataException(
        "%s has no %s or %s.gz; the four IDX files of Fashion-MNIST are in Debian's package"
                .formatted(folder, name, name)
            + " dataset-fashion-mnist, under /usr/share/datasets/fashion-mnist");
  }

  private static Idx read(Path file, int dimensions) {
    try (InputStream raw = Files.newInputStream(file);
        DataInputStream in =
            new DataInputStream(file.toString().endsWith(".gz") ? new GZIPInputStream(raw) : raw)) {
      int magic = in.readInt();
      if (magic != (0x0800 | dimensions)) {
        throw new DataException(
            "%s begins with %08x; an IDX file of %d dimensions begins with %08x"
                .formatted(file, magic, dimensions, 0x0800 | dimensions));
      }
      int[] sizes = new int[dimensions];
      long count = 1;
      for (int i = 0; i < dimensions; i++) {
        sizes[i] = in.readInt();
        // Neither factor passes 2^31, and a product out of bounds stays out of them.
        count = sizes[i] < 1 || count > MAX_BYTES ? Long.MAX_VALUE : count * sizes[i];
      }
      if (count > MAX_BYTES) {
        throw new DataException(
            "%s announces sizes %s; allowed: each at least 1, together at most %d bytes"
                .formatted(file, Arrays.toString(sizes), MAX_BYTES));
      }
      byte[] bytes = in.readNBytes((int) count);
      if (bytes.length < count) {
        throw new DataException(
            "%s is cut short: it announces %d bytes and has %d"
                .formatted(file, count, bytes.length));
      }
      if (in.read() >= 0) {
        throw new DataException(
            "%s has more than the %d bytes that it announces".formatted(file, count));
      }
      return new Idx(sizes, bytes);
    } catch (EOFException e) {
      throw new DataException(file + " is cut short", e);
    } catch (IOException e) {
      throw new DataException("cannot read " + file + ": " + e.getMessage(), e);
    }
  }
}
