package dev.anagama.diffusion.network;

import dev.anagama.diffusion.network.ModuleNode.Attribute.Parameter;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.commons.rng.UniformRandomProvider;
import org.apache.commons.rng.sampling.distribution.ZigguratSampler;
import org.apache.commons.rng.simple.RandomSource;

/**
 * What follows from a {@link UNetConfig}: the names and shapes of its weights and how they start.
 */
public final class UNet {
  private UNet() {}

  /** Shape of each weight by dotted name, in the order of the weight file. */
  public static Map<String, long[]> shapes(UNetConfig config) {
    Map<String, long[]> shapes = new LinkedHashMap<>();
    UNetProgram.root(config)
        .parameters()
        .forEach((name, parameter) -> shapes.put(name, parameter.shape().clone()));
    return shapes;
  }

  /** Number of trained scalars; nothing of their size is allocated. */
  public static long parameterCount(UNetConfig config) {
    return shapes(config).values().stream().mapToLong(Weights.Tensor::count).sum();
  }

  /** Fresh weights; the same seed gives the same weights. */
  public static Weights initialWeights(UNetConfig config, long seed) {
    return initialWeights(UNetProgram.root(config), seed);
  }

  /** Fresh weights of any tree of modules. */
  static Weights initialWeights(ModuleNode root, long seed) {
    UniformRandomProvider random = RandomSource.XO_SHI_RO_256_PP.create(seed);
    Map<String, Weights.Tensor> tensors = new LinkedHashMap<>();
    double[] bound = {0};
    root.parameters()
        .forEach(
            (name, parameter) -> {
              // A bias follows its weight and shares the fan-in of it, as PyTorch's layers do.
              bound[0] = parameter.shape().length > 1 ? bound(parameter) : bound[0];
              tensors.put(name, start(parameter, bound[0], random));
            });
    return new Weights(tensors);
  }

  private static double bound(Parameter parameter) {
    long fanIn = Weights.Tensor.count(parameter.shape()) / parameter.shape()[0];
    return 1 / Math.sqrt((double) fanIn);
  }

  private static Weights.Tensor start(
      Parameter parameter, double bound, UniformRandomProvider random) {
    float[] values = new float[Math.toIntExact(Weights.Tensor.count(parameter.shape()))];
    ZigguratSampler.NormalizedGaussian gaussian = ZigguratSampler.NormalizedGaussian.of(random);
    for (int i = 0; i < values.length; i++) {
      values[i] =
          switch (parameter.initialization()) {
            case FAN_IN_UNIFORM -> (float) (bound * (2 * random.nextDouble() - 1));
            case NORMAL -> (float) gaussian.sample();
            case ZERO -> 0;
            case ONE -> 1;
          };
    }
    return new Weights.Tensor(parameter.shape(), values);
  }
}
