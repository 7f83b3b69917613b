package dev.anagama.diffusion.guidance;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

/** Takes rows out of an array of images. */
public final class RowSlices {
  private RowSlices() {}

  /**
   * The rows at some positions, in that order; a row may be taken more than once.
   *
   * <p>Written as a gather over flat rows, because DJL's indexing by an array costs several times
   * as much, at every step in which a row rests, ends or goes without guidance.
   *
   * @param array float32[N, C, H, W]
   * @param positions each 0 to N - 1, at least one
   * @return float32[positions, C, H, W], attached to {@code scope}
   */
  public static NDArray of(NDManager scope, NDArray array, long[] positions) {
    Shape shape = array.getShape();
    long count = shape.size() / shape.get(0);
    NDArray index = scope.create(positions, new Shape(positions.length, 1));
    NDArray taken =
        array
            .reshape(shape.get(0), count)
            .gather(index.broadcast(new Shape(positions.length, count)), 0);
    taken.attach(scope);
    return taken.reshape(new Shape(positions.length).addAll(shape.slice(1)));
  }
}
