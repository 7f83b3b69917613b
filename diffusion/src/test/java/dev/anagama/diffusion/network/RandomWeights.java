package dev.anagama.diffusion.network;

import dev.anagama.diffusion.network.ModuleNode.Attribute.Parameter;
import dev.anagama.diffusion.network.ModuleNode.Initialization;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;

/** Weights without zeros, so that every branch of a network counts. */
public final class RandomWeights {
  private RandomWeights() {}

  /** Weights of a U-Net. */
  public static Weights of(UNetConfig config, long seed) {
    return of(UNetProgram.root(config), seed);
  }

  static Weights of(ModuleNode root, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Map<String, Weights.Tensor> tensors = new LinkedHashMap<>();
    root.parameters().forEach((name, parameter) -> tensors.put(name, tensor(parameter, random)));
    return new Weights(tensors);
  }

  /** {@code count} values in [-1, 1). */
  static float[] values(int count, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (2 * random.nextDouble() - 1);
    }
    return values;
  }

  private static Weights.Tensor tensor(Parameter parameter, SplittableRandom random) {
    long[] shape = parameter.shape();
    int count = Math.toIntExact(Weights.Tensor.count(shape));
    double scale = shape.length > 1 ? Math.sqrt(3.0 * shape[0] / count) : 0.5;
    double center = parameter.initialization() == Initialization.ONE ? 1 : 0;
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (center + scale * (2 * random.nextDouble() - 1));
    }
    return new Weights.Tensor(shape, values);
  }
}
