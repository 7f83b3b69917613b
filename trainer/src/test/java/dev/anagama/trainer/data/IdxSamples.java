package dev.anagama.trainer.data;

import dev.anagama.diffusion.checkpoint.ImageShape;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.zip.GZIPOutputStream;

/** Small pictures that can be told apart at a glance, and IDX files of them. */
public final class IdxSamples {
  /** Side of the pictures, in pixels. */
  public static final int SIDE = 8;

  private IdxSamples() {}

  /**
   * Pictures of class 0 are bright on the left, those of class 1 at the top; no two are the same.
   */
  public static LabelledImages halves(int count, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    byte[] pixels = new byte[count * SIDE * SIDE];
    byte[] labels = new byte[count];
    for (int i = 0; i < count; i++) {
      labels[i] = (byte) (i % 2);
      for (int y = 0; y < SIDE; y++) {
        for (int x = 0; x < SIDE; x++) {
          boolean bright = (labels[i] == 0 ? x : y) < SIDE / 2;
          pixels[(i * SIDE + y) * SIDE + x] = (byte) ((bright ? 200 : 20) + random.nextInt(30));
        }
      }
    }
    return new LabelledImages(new ImageShape(1, SIDE, SIDE), pixels, labels);
  }

  /** Writes both files of a split. */
  public static void write(Path folder, IdxFiles.Split split, LabelledImages images, String suffix)
      throws IOException {
    String prefix = split == IdxFiles.Split.TRAIN ? "train" : "t10k";
    int size = images.size();
    write(
        folder.resolve(prefix + "-images-idx3-ubyte" + suffix),
        idx(0x803, images.pixels(), size, images.shape().height(), images.shape().width()));
    write(
        folder.resolve(prefix + "-labels-idx1-ubyte" + suffix), idx(0x801, images.labels(), size));
  }

  /** The bytes of an IDX file. */
  static byte[] idx(int magic, byte[] content, int... sizes) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeInt(magic);
      for (int size : sizes) {
        out.writeInt(size);
      }
      out.write(content);
    }
    return bytes.toByteArray();
  }

  /** Writes a file, gzipped if its name ends so. */
  static void write(Path file, byte[] content) throws IOException {
    try (OutputStream raw = Files.newOutputStream(file);
        OutputStream out = file.toString().endsWith(".gz") ? new GZIPOutputStream(raw) : raw) {
      out.write(content);
    }
  }
}
