package dev.anagama.trainer.data;

import dev.anagama.diffusion.checkpoint.ImageShape;
import java.awt.image.BufferedImage;
import java.util.Arrays;

/**
 * Brings pictures to a size: the largest centred part of the wanted proportions, each new pixel the
 * mean of the area that it covers. (Averaging, as the paper's data was made; sampling single pixels
 * would alias, which the Frechet distance sees.) Transparency is laid over white.
 */
final class PictureScaling {
  private static final int RED_BITS = 16;
  private static final int GREEN_BITS = 8;
  private static final int ALPHA_BITS = 24;
  private static final int BYTE = 0xFF;

  /** Luma of ITU-R BT.601. */
  private static final double[] LUMA = {0.299, 0.587, 0.114};

  private PictureScaling() {}

  /** The picture as unsigned bytes, in the order channels, rows, columns. */
  static byte[] scale(BufferedImage picture, ImageShape shape) {
    double factor =
        Math.min(
            (double) picture.getWidth() / shape.width(),
            (double) picture.getHeight() / shape.height());
    double left = (picture.getWidth() - factor * shape.width()) / 2;
    double top = (picture.getHeight() - factor * shape.height()) / 2;
    int[] argb =
        picture.getRGB(0, 0, picture.getWidth(), picture.getHeight(), null, 0, picture.getWidth());
    int area = shape.height() * shape.width();
    byte[] bytes = new byte[shape.count()];
    double[] colour = new double[LUMA.length];
    for (int y = 0; y < shape.height(); y++) {
      for (int x = 0; x < shape.width(); x++) {
        mean(argb, picture.getWidth(), left + x * factor, top + y * factor, factor, colour);
        int at = y * shape.width() + x;
        if (shape.channels() == 1) {
          bytes[at] = rounded(LUMA[0] * colour[0] + LUMA[1] * colour[1] + LUMA[2] * colour[2]);
        } else {
          for (int channel = 0; channel < shape.channels(); channel++) {
            bytes[channel * area + at] = rounded(colour[channel]);
          }
        }
      }
    }
    return bytes;
  }

  /** The mean colour of a square of side {@code side}, pixels at its edges in part. */
  private static void mean(
      int[] argb, int width, double left, double top, double side, double[] colour) {
    Arrays.fill(colour, 0);
    double total = 0;
    int lastRow = Math.min(argb.length / width, (int) Math.ceil(top + side - 1e-9));
    int lastColumn = Math.min(width, (int) Math.ceil(left + side - 1e-9));
    for (int v = (int) top; v < lastRow; v++) {
      double rows = Math.min(v + 1, top + side) - Math.max(v, top);
      for (int u = (int) left; u < lastColumn; u++) {
        double share = rows * (Math.min(u + 1, left + side) - Math.max(u, left));
        int pixel = argb[v * width + u];
        double alpha = (pixel >>> ALPHA_BITS) / (double) BYTE;
        colour[0] += share * overWhite(pixel >> RED_BITS, alpha);
        colour[1] += share * overWhite(pixel >> GREEN_BITS, alpha);
        colour[2] += share * overWhite(pixel, alpha);
        total += share;
      }
    }
    for (int i = 0; i < colour.length; i++) {
      colour[i] /= total;
    }
  }

  private static double overWhite(int value, double alpha) {
    return alpha * (value & BYTE) + (1 - alpha) * BYTE;
  }

  private static byte rounded(double value) {
    return (byte) Math.round(value);
  }
}
