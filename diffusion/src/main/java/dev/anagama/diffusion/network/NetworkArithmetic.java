package dev.anagama.diffusion.network;

import dev.anagama.diffusion.network.ModuleNode.Attribute.Parameter;
import dev.anagama.diffusion.network.UNetLayout.Part;
import java.util.Map;

/** How much there is to compute in a network. */
public final class NetworkArithmetic {
  private static final int OPERATIONS_PER_PRODUCT = 2;

  private NetworkArithmetic() {}

  /**
   * Floating point operations of one pass for one row: a multiplication and an addition for each
   * product in its convolutions, linear maps and attention, in the form in which the network is
   * trained and described. What is left out (normalisation, activations, sums) is below 2 % of it.
   *
   * @param config the network
   * @param height of the image in pixels, a multiple of {@link UNetConfig#sideMultiple}
   * @param width of the image in pixels, a multiple of {@link UNetConfig#sideMultiple}
   */
  public static long operationsPerRow(UNetConfig config, int height, int width) {
    Map<String, Integer> levels = UNetProgram.levels(config);
    long folded = (long) (height / config.patchSize()) * (width / config.patchSize());
    long products = 0;
    for (Map.Entry<String, Parameter> entry : UNetProgram.root(config).parameters().entrySet()) {
      String name = entry.getKey();
      long[] shape = entry.getValue().shape();
      int level = levels.getOrDefault(name.substring(0, name.indexOf('.')), 0);
      boolean matrix = name.endsWith(".weight") && shape.length > 1;
      if (matrix) {
        // A level's image has a quarter of the positions of the one above it.
        boolean once = level == UNetProgram.NO_LEVEL || name.endsWith(".modulation.weight");
        products += Weights.Tensor.count(shape) * (once ? 1 : folded >> (2 * level));
      }
    }
    for (Part part : UNetLayout.of(config).parts()) {
      if (part instanceof Part.Attention attention) {
        // Queries with keys, and the result with values; heads share the channels out.
        long positions = folded >> (2 * attention.level());
        products += 2 * positions * positions * attention.channels();
      }
    }
    return OPERATIONS_PER_PRODUCT * products;
  }
}
