package dev.anagama.trainer.metric;

import java.util.Objects;

/**
 * Feature vectors of images, a row for each.
 *
 * @param values row after row; not copied
 * @param width numbers in a row, at least 1
 */
public record FeatureRows(float[] values, int width) {
  /**
   * Checks that the rows are whole.
   *
   * @throws IllegalArgumentException if there is no row, or a part of one
   */
  public FeatureRows {
    if (width < 1 || values.length == 0 || values.length % width != 0) {
      throw new IllegalArgumentException(
          "%d values in rows of %d; needed: at least one row, all of them whole"
              .formatted(values.length, width));
    }
  }

  /** Number of rows. */
  public int rows() {
    return values.length / width;
  }

  /** A number of a row. */
  public float at(int row, int column) {
    return values[Objects.checkIndex(row, rows()) * width + Objects.checkIndex(column, width)];
  }

  /**
   * Some of the rows, in the given order.
   *
   * @param chosen numbers of rows; one may come more than once
   */
  public FeatureRows select(int[] chosen) {
    float[] taken = new float[chosen.length * width];
    for (int i = 0; i < chosen.length; i++) {
      Objects.checkIndex(chosen[i], rows());
      System.arraycopy(values, chosen[i] * width, taken, i * width, width);
    }
    return new FeatureRows(taken, width);
  }
}
