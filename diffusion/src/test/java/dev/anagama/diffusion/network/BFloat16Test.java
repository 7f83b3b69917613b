package dev.anagama.diffusion.network;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDManager;
import dev.anagama.diffusion.network.ModuleNode.ModuleKind;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class BFloat16Test {
  private static float rounded(float value) {
    return Float.intBitsToFloat(BFloat16.fromFloat(value) << 16);
  }

  @Test
  void fromFloat_halfWay_goesToTheEvenNeighbour() {
    float step = 1 / 128f;
    assertThat(rounded(1 + step / 2)).isEqualTo(1f);
    assertThat(rounded(1 + step * 3 / 2)).isEqualTo(1 + 2 * step);
    assertThat(rounded(Math.nextUp(1 + step / 2))).isEqualTo(1 + step);
    assertThat(rounded(-(1 + step / 2))).isEqualTo(-1f);
  }

  @Test
  void fromFloat_ends_staySpecial() {
    assertThat(rounded(Float.POSITIVE_INFINITY)).isEqualTo(Float.POSITIVE_INFINITY);
    assertThat(rounded(Float.NEGATIVE_INFINITY)).isEqualTo(Float.NEGATIVE_INFINITY);
    assertThat(rounded(Float.MAX_VALUE)).isEqualTo(Float.POSITIVE_INFINITY);
    assertThat(rounded(Float.NaN)).isNaN();
    // A NaN whose upper half alone would be infinity.
    assertThat(rounded(Float.intBitsToFloat(0x7F800001))).isNaN();
    assertThat(Float.floatToRawIntBits(rounded(-0f))).isEqualTo(0x80000000);
  }

  @Test
  void fromFloat_anyNumber_isWhatPyTorchMakesOfIt() {
    SplittableRandom random = new SplittableRandom(1);
    float[] values = new float[20_000];
    for (int i = 0; i < values.length; i++) {
      float value = Float.intBitsToFloat(random.nextInt());
      values[i] = Float.isNaN(value) ? i : value;
    }
    String forward =
        """
          def forward(self: __torch__.Rounding,
            x: Tensor) -> Tensor:
            return torch.to(torch.to(x, 15), 6)
        """;
    ModuleNode node = new ModuleNode(new ModuleKind("Rounding", forward), Map.of());
    try (NDManager manager = NDManager.newBaseManager()) {
      float[] expected =
          Networks.run(node, new Weights(Map.of()), manager.create(values)).toFloatArray();
      for (int i = 0; i < values.length; i++) {
        assertThat(rounded(values[i])).as("%a", values[i]).isEqualTo(expected[i]);
      }
    }
  }
}
