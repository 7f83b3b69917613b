package dev.anagama.diffusion.guidance;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** The rows of one pass, with what guidance needs of them as arrays. */
final class GuidedRows {
  private final GuidedRow[] rows;
  private final double[] weights;
  private final int[] guided;

  /**
   * Takes the rows of z.
   *
   * @throws IllegalArgumentException if z does not have as many
   */
  GuidedRows(NDArray z, GuidedRow[] rows, ToDoubleFunction<GuidedRow> weight) {
    if (z.getShape().dimension() != 4 || z.getShape().get(0) != rows.length) {
      throw new IllegalArgumentException(
          "z is " + z.getShape() + ", must be [N, C, H, W] with N = " + rows.length + " rows");
    }
    this.rows = rows;
    this.weights = new double[rows.length];
    int[] found = new int[rows.length];
    int count = 0;
    for (int row = 0; row < rows.length; row++) {
      weights[row] = weight.applyAsDouble(rows[row]);
      if (weights[row] != 0) {
        found[count++] = row;
      }
    }
    this.guided = Arrays.copyOf(found, count);
  }

  /** The momentum of the pass before, if a row of this one goes on with it. */
  @Nullable NDArray wanted(@Nullable NDArray momentum) {
    for (GuidedRow row : rows) {
      if (row.guidance().projection().momentum() != 0) {
        return momentum;
      }
    }
    return null;
  }

  int count() {
    return rows.length;
  }

  /** How many are guided. */
  int guidedCount() {
    return guided.length;
  }

  boolean allGuided() {
    return guided.length == rows.length;
  }

  /** z of the guided rows. */
  NDArray guidedOnly(NDManager scope, NDArray z) {
    if (allGuided()) {
      return z;
    }
    long[] positions = new long[guided.length];
    for (int k = 0; k < guided.length; k++) {
      positions[k] = guided[k];
    }
    return RowSlices.of(scope, z, positions);
  }

  /** z of all rows, and behind them of the guided ones again. */
  NDArray withGuidedAgain(NDManager scope, NDArray z) {
    if (guided.length == 0) {
      return z;
    }
    if (allGuided()) {
      return z.concat(z, 0);
    }
    long[] positions = new long[rows.length + guided.length];
    for (int row = 0; row < positions.length; row++) {
      positions[row] = row < rows.length ? row : guided[row - rows.length];
    }
    return RowSlices.of(scope, z, positions);
  }

  /** Levels of all rows. */
  float[] logSnrs() {
    return logSnrs(rows.length);
  }

  /** Levels of all rows and, behind them, of the guided ones again. */
  float[] logSnrsWithGuidedAgain() {
    return logSnrs(rows.length + guided.length);
  }

  private float[] logSnrs(int size) {
    float[] levels = new float[size];
    for (int row = 0; row < size; row++) {
      int of = row < rows.length ? row : guided[row - rows.length];
      levels[row] = (float) rows[of].logSnr();
    }
    return levels;
  }

  /** Conditions of all rows. */
  long[] conditions() {
    long[] conditions = new long[rows.length];
    for (int row = 0; row < rows.length; row++) {
      conditions[row] = rows[row].condition();
    }
    return conditions;
  }

  /** Levels of the guided rows. */
  float[] guidedLogSnrs() {
    float[] levels = new float[guided.length];
    for (int k = 0; k < guided.length; k++) {
      levels[k] = (float) rows[guided[k]].logSnr();
    }
    return levels;
  }

  /** Conditions of the guided rows. */
  long[] guidedConditions() {
    long[] conditions = new long[guided.length];
    for (int k = 0; k < guided.length; k++) {
      conditions[k] = rows[guided[k]].condition();
    }
    return conditions;
  }

  /**
   * For each row its place in an array of all rows and, behind them, the guided ones: that of its
   * second prediction, or its own if it has none.
   */
  long[] secondPlaces() {
    long[] places = new long[rows.length];
    for (int row = 0; row < rows.length; row++) {
      places[row] = row;
    }
    for (int k = 0; k < guided.length; k++) {
      places[guided[k]] = (long) rows.length + k;
    }
    return places;
  }

  /** Whether any guided row answers to something. */
  boolean anyGuided(Predicate<Guidance> wanted) {
    for (int row : guided) {
      if (wanted.test(rows[row].guidance())) {
        return true;
      }
    }
    return false;
  }

  /** w of each row, float32[N, 1, 1, 1]. */
  NDArray weights(NDManager scope) {
    float[] values = new float[rows.length];
    for (int row = 0; row < rows.length; row++) {
      // -0 would make the subtraction of 0 * 0 an addition.
      values[row] = weights[row] == 0 ? 0f : (float) weights[row];
    }
    return scope.create(values, new Shape(rows.length, 1, 1, 1));
  }

  /** A number of each guided row and another one for the rest, float32[N, 1, 1, 1]. */
  NDArray column(NDManager scope, ToDoubleFunction<GuidedRow> ofGuided, double ofOthers) {
    float[] values = new float[rows.length];
    Arrays.fill(values, (float) ofOthers);
    for (int row : guided) {
      values[row] = (float) ofGuided.applyAsDouble(rows[row]);
    }
    return scope.create(values, new Shape(rows.length, 1, 1, 1));
  }

  /** A number of every row, guided or not, float32[N, 1, 1, 1]. */
  NDArray column(NDManager scope, ToDoubleFunction<GuidedRow> value) {
    float[] values = new float[rows.length];
    for (int row = 0; row < rows.length; row++) {
      values[row] = (float) value.applyAsDouble(rows[row]);
    }
    return scope.create(values, new Shape(rows.length, 1, 1, 1));
  }
}
