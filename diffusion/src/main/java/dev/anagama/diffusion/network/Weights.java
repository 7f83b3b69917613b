package dev.anagama.diffusion.network;

import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Named float32 tensors, in the order of the network that they belong to.
 *
 * @param tensors by dotted name, row-major
 */
public record Weights(Map<String, Tensor> tensors) {

  /**
   * One tensor.
   *
   * @param shape sizes of the dimensions, outermost first
   * @param values elements in row-major order; not copied
   */
  public record Tensor(long[] shape, float[] values) {
    public Tensor {
      if (count(shape) != values.length) {
        throw new IllegalArgumentException(
            "tensor of shape %s has %d values".formatted(Arrays.toString(shape), values.length));
      }
    }

    /** Number of values of a shape. */
    public static long count(long[] shape) {
      long count = 1;
      for (long size : shape) {
        count = Math.multiplyExact(count, size);
      }
      return count;
    }
  }

  public Weights {
    tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
  }

  /**
   * The tensor of a name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public Tensor tensor(String name) {
    Tensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException("there is no tensor '" + name + "'");
    }
    return tensor;
  }

  /** The shape of each tensor by name, in the same order. */
  public Map<String, long[]> shapes() {
    Map<String, long[]> shapes = new LinkedHashMap<>();
    tensors.forEach((name, tensor) -> shapes.put(name, tensor.shape().clone()));
    return shapes;
  }

  /** Number of scalars in all. */
  public long parameterCount() {
    return tensors.values().stream().mapToLong(tensor -> tensor.values().length).sum();
  }
}
