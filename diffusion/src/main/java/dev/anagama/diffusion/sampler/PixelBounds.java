package dev.anagama.diffusion.sampler;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.anagama.diffusion.guidance.DynamicThreshold;
import java.util.List;
import java.util.Optional;

/**
 * How x~ is kept in [-1, 1], where pixels live, row by row.
 *
 * <p><b>Clipping</b> is not mentioned in the paper; it is a departure. At l = -20 the estimate
 * divides by alpha = 1/22026, so that an error in eps~ of a thousandth would throw the next z off
 * by far more than an image's range. Data that does not live in [-1, 1] must not be clipped. A row
 * with a {@link DynamicThreshold} has that instead.
 *
 * @param clip whether rows without a threshold are clipped
 * @param thresholds of each row
 */
public record PixelBounds(boolean clip, List<Optional<DynamicThreshold>> thresholds) {
  /** Copies the thresholds. */
  public PixelBounds {
    thresholds = List.copyOf(thresholds);
  }

  /**
   * x~ within its bounds.
   *
   * @param x float32[N, C, H, W], N as many as thresholds
   */
  NDArray apply(NDManager scope, NDArray x) {
    if (thresholds.stream().allMatch(Optional::isEmpty)) {
      return clip ? x.clip(-1, 1) : x;
    }
    // s of a row with a threshold is max(1, quantile); without one it is 1, or no bound at all;
    // and only a threshold divides by it.
    float[] asked = new float[thresholds.size()];
    float[] otherwise = new float[thresholds.size()];
    float[] others = new float[thresholds.size()];
    for (int row = 0; row < asked.length; row++) {
      boolean dynamic = thresholds.get(row).isPresent();
      asked[row] = dynamic ? 1 : 0;
      others[row] = dynamic ? 0 : 1;
      otherwise[row] = dynamic ? 0 : clip ? 1 : Float.MAX_VALUE;
    }
    Shape perRow = new Shape(asked.length, 1, 1, 1);
    NDArray dynamic = quantiles(scope, x).maximum(1).mul(scope.create(asked, perRow));
    NDArray bound = dynamic.add(scope.create(otherwise, perRow));
    NDArray divisor = dynamic.add(scope.create(others, perRow));
    return NDArrays.minimum(NDArrays.maximum(x, bound.neg()), bound).div(divisor);
  }

  /** The quantile of |x~| that each row asks for, between the nearest two; [N, 1, 1, 1]. */
  private NDArray quantiles(NDManager scope, NDArray x) {
    int rows = thresholds.size();
    long size = x.size() / rows;
    long[] lower = new long[rows];
    long[] upper = new long[rows];
    float[] between = new float[rows];
    for (int row = 0; row < rows; row++) {
      double place = thresholds.get(row).map(DynamicThreshold::quantile).orElse(1.0) * (size - 1);
      lower[row] = (long) Math.floor(place);
      upper[row] = (long) Math.ceil(place);
      between[row] = (float) (place - lower[row]);
    }
    Shape column = new Shape(rows, 1);
    NDArray sorted = x.abs().reshape(rows, size).sort(1);
    NDArray low = sorted.gather(scope.create(lower, column), 1);
    NDArray high = sorted.gather(scope.create(upper, column), 1);
    NDArray quantile = low.add(high.sub(low).mul(scope.create(between, column)));
    return quantile.reshape(rows, 1, 1, 1);
  }
}
