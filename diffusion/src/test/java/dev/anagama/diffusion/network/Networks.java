package dev.anagama.diffusion.network;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.training.ParameterStore;
import dev.anagama.diffusion.network.ModuleNode.ModuleKind;
import dev.anagama.diffusion.network.UNetArchitecture.Resampling;
import dev.anagama.diffusion.network.UNetArchitecture.Skips;
import java.util.List;
import java.util.Map;

/** Configurations, and modules run on their own. */
final class Networks {
  /** Three levels, two widths of them the same, attention, groups. */
  static final UNetConfig LARGE =
      new UNetConfig(3, 1, List.of(8, 8, 16), List.of(2, 1), 2, 4, 4, 12, 5);

  /** Two levels, patches, no attention. */
  static final UNetConfig PATCHED = new UNetConfig(1, 2, List.of(8, 12), List.of(1), 1, 0, 1, 8, 3);

  /** One level, patches, attention. */
  static final UNetConfig FLAT = new UNetConfig(3, 2, List.of(16), List.of(), 2, 2, 2, 8, 4);

  /** Two levels, attention; as small as it gets. */
  static final UNetConfig SMALL = new UNetConfig(1, 1, List.of(4, 8), List.of(1), 1, 2, 1, 8, 2);

  /** ADM's form: skips of blocks, resampling in blocks, attention at two levels. */
  static final UNetConfig ADM = adm(0);

  /** The same with dropout. */
  static final UNetConfig DROPPING = adm(0.25);

  /** Skips of blocks with strided convolutions between the levels, patches, no attention. */
  static final UNetConfig BLOCK_SKIPS =
      new UNetConfig(
          1,
          2,
          List.of(8, 12),
          List.of(1, 1),
          1,
          0,
          1,
          8,
          3,
          new UNetArchitecture(Skips.BLOCK, Resampling.CONVOLUTION, List.of(), 0, 0));

  /** Skips of levels with blocks that change side and width at once, attention at the finest. */
  static final UNetConfig LEVEL_SKIPS =
      new UNetConfig(
          1,
          1,
          List.of(8, 12),
          List.of(2),
          1,
          2,
          2,
          8,
          2,
          new UNetArchitecture(Skips.LEVEL, Resampling.RESIDUAL, List.of(0), 0, 0));

  private Networks() {}

  private static UNetConfig adm(double dropout) {
    return new UNetConfig(
        3,
        1,
        List.of(8, 8, 16),
        List.of(1, 2, 1),
        2,
        0,
        4,
        12,
        5,
        new UNetArchitecture(Skips.BLOCK, Resampling.RESIDUAL, List.of(1, 2), 4, dropout));
  }

  static List<UNetConfig> all() {
    return List.of(LARGE, PATCHED, FLAT, SMALL, ADM, BLOCK_SKIPS, LEVEL_SKIPS);
  }

  /** Loads a module in float32 and runs it once. */
  static NDArray run(ModuleNode node, Weights weights, NDArray... inputs) {
    try (LoadedModule module =
        LoadedModule.assembled(
            node, weights, Device.cpu(), Precision.FLOAT32, Precision.FLOAT32, false)) {
      return module
          .block()
          .forward(new ParameterStore(module.manager(), false), new NDList(inputs), false)
          .singletonOrThrow();
    }
  }

  /** Strides of an array, which DJL does not tell. */
  static long[] strides(NDArray array) {
    String forward =
        """
          def forward(self: __torch__.Strides,
            x: Tensor) -> Tensor:
            return torch.tensor(torch.stride(x), dtype=None, device=None, requires_grad=False)
        """;
    ModuleNode node = new ModuleNode(new ModuleKind("Strides", forward), Map.of());
    // A view without a name: DJL takes a name for that of a list or dictionary.
    try (NDArray nameless = array.stopGradient();
        NDArray strides = run(node, new Weights(Map.of()), nameless)) {
      return strides.toLongArray();
    }
  }

  /** Largest difference to the reference; the reference must not be next to nothing. */
  static double distance(NDArray found, NDArray expected) {
    NDArray difference = found.toType(DataType.FLOAT64, true).sub(expected).abs();
    assertThat(found.getShape()).isEqualTo(expected.getShape());
    assertThat(found.getDataType()).isEqualTo(DataType.FLOAT32);
    assertThat(expected.abs().mean().getDouble()).isGreaterThan(0.02);
    return difference.max().getDouble();
  }
}
