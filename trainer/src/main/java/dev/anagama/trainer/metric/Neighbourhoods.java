package dev.anagama.trainer.metric;

import java.util.Arrays;

/**
 * The manifold that some feature vectors lie on, as the union of balls: one around each vector,
 * that reaches to its k-th nearest neighbour among the others (Kynkaanniemi et al., arXiv
 * 1904.06991, eq. 1).
 */
public final class Neighbourhoods {
  /** Neighbours that the field counts. */
  public static final int DEFAULT_K = 3;

  /** Vectors whose distances are computed together: their sums stay in the nearest cache. */
  private static final int TILE = 1024;

  private final int rows;
  private final int width;

  /** Column after column, so that the inner loop runs over neighbours and can be vectorised. */
  private final float[] columns;

  /** Squared. */
  private final float[] radii;

  /**
   * Finds the balls.
   *
   * @param k neighbours, 1 to the number of rows less one
   * @throws IllegalArgumentException if there are not more than k rows
   */
  public Neighbourhoods(FeatureRows features, int k) {
    this.rows = features.rows();
    this.width = features.width();
    if (k < 1 || k >= rows) {
      throw new IllegalArgumentException(
          "k is %d; allowed: 1 to %d, one less than the rows".formatted(k, rows - 1));
    }
    this.columns = new float[rows * width];
    for (int row = 0; row < rows; row++) {
      for (int i = 0; i < width; i++) {
        columns[i * rows + row] = features.values()[row * width + i];
      }
    }
    this.radii = new float[rows];
    float[] distances = new float[rows];
    for (int row = 0; row < rows; row++) {
      squaredDistances(features.values(), row * width, distances);
      // Its distance to itself is the first of the sorted ones.
      radii[row] = smallest(distances, k + 1);
    }
  }

  /** Number of balls. */
  public int size() {
    return rows;
  }

  /** How other vectors lie to these balls. */
  public Hits hits(FeatureRows others) {
    if (others.width() != width) {
      throw new IllegalArgumentException(
          "vectors have %d features; needed: %d".formatted(others.width(), width));
    }
    boolean[] reached = new boolean[rows];
    float[] distances = new float[rows];
    int inside = 0;
    long pairs = 0;
    for (int other = 0; other < others.rows(); other++) {
      squaredDistances(others.values(), other * width, distances);
      int balls = 0;
      for (int row = 0; row < rows; row++) {
        if (distances[row] <= radii[row]) {
          reached[row] = true;
          balls++;
        }
      }
      inside += balls > 0 ? 1 : 0;
      pairs += balls;
    }
    int covered = 0;
    for (boolean ball : reached) {
      covered += ball ? 1 : 0;
    }
    return new Hits(inside, pairs, covered);
  }

  /**
   * Vectors in balls.
   *
   * @param inside vectors that lie in at least one ball
   * @param pairs vectors and balls that they lie in
   * @param covered balls in which at least one vector lies
   */
  public record Hits(int inside, long pairs, int covered) {}

  private void squaredDistances(float[] from, int offset, float[] distances) {
    Arrays.fill(distances, 0);
    for (int start = 0; start < rows; start += TILE) {
      int end = Math.min(rows, start + TILE);
      for (int i = 0; i < width; i++) {
        addSquares(from[offset + i], columns, i * rows, distances, start, end);
      }
    }
  }

  private static void addSquares(
      float value, float[] columns, int column, float[] distances, int start, int end) {
    for (int row = start; row < end; row++) {
      float difference = columns[column + row] - value;
      distances[row] += difference * difference;
    }
  }

  /** The n-th smallest value, counted from 1; n is small. */
  private static float smallest(float[] values, int n) {
    float[] lowest = new float[n];
    Arrays.fill(lowest, Float.POSITIVE_INFINITY);
    for (float value : values) {
      if (value < lowest[n - 1]) {
        int place = n - 1;
        while (place > 0 && lowest[place - 1] > value) {
          lowest[place] = lowest[place - 1];
          place--;
        }
        lowest[place] = value;
      }
    }
    return lowest[n - 1];
  }
}
