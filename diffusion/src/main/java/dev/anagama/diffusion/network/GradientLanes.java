package dev.anagama.diffusion.network;

import ai.djl.Device;
import ai.djl.ndarray.NDList;
import ai.djl.pytorch.jni.JniUtils;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Shares the rows of a training batch out among two threads of its own, which go forward and back
 * each over its half and add to the same gradients. Two and no more: a sum of two numbers does not
 * depend on which comes first, so a run gives the same weights each time. A GPU, a machine of one
 * core and a batch of one row are served on the caller's thread.
 */
final class GradientLanes implements AutoCloseable {
  private static final int LANES = 2;

  private final @Nullable Lanes lanes;

  /** On so many processor threads, at least 1. */
  GradientLanes(Device device, int threads) {
    this.lanes = device.isGpu() || threads < LANES ? null : new Lanes(LANES, threads / LANES);
  }

  /** What some rows contribute to the mean loss of all. */
  @FunctionalInterface
  interface Part {
    /**
     * Goes forward and back.
     *
     * @param rows some rows of each input
     * @param share which part of all rows they are, above 0, to 1
     */
    double addGradient(NDList rows, double share);
  }

  /**
   * The sum over the parts. A gradient collector must be open, and the inputs must belong to a
   * manager that the caller closes.
   *
   * @param inputs arrays of equally many rows
   */
  double sum(NDList inputs, Part part) {
    int rows = Math.toIntExact(inputs.head().getShape().get(0));
    if (lanes == null || rows < LANES) {
      return part.addGradient(inputs, 1);
    }
    long[] half = {rows / LANES};
    List<NDList> halves = List.of(new NDList(), new NDList());
    inputs.forEach(
        input -> {
          NDList split = input.split(half);
          halves.get(0).add(split.get(0));
          halves.get(1).add(split.get(1));
        });
    List<Double> losses =
        lanes.runAll(
            LANES,
            lane -> {
              // Whether operations are recorded is each thread's own setting.
              JniUtils.setGradMode(true);
              NDList own = halves.get(lane);
              return part.addGradient(own, (double) own.head().getShape().get(0) / rows);
            });
    return losses.get(0) + losses.get(1);
  }

  @Override
  public void close() {
    if (lanes != null) {
      lanes.close();
    }
  }
}
