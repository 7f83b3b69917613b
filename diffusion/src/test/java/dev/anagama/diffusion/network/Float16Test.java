package dev.anagama.diffusion.network;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDManager;
import dev.anagama.diffusion.network.ModuleNode.ModuleKind;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class Float16Test {
  private static int half(float value) {
    return Short.toUnsignedInt(Float16.fromFloat(value));
  }

  /** The value of a half, by its definition. */
  private static float decoded(int half) {
    int exponent = (half >>> 10) & 0x1F;
    int significand = half & 0x03FF;
    float size =
        switch (exponent) {
          case 0 -> significand * 0x1p-24f;
          case 0x1F -> significand == 0 ? Float.POSITIVE_INFINITY : Float.NaN;
          default -> Math.scalb(1024f + significand, exponent - 25);
        };
    return half >>> 15 == 0 ? size : -size;
  }

  @Test
  void fromFloat_halfWay_goesToTheEvenNeighbour() {
    float step = 0x1p-10f;
    assertThat(half(1)).isEqualTo(0x3C00);
    assertThat(half(1 + step / 2)).isEqualTo(0x3C00);
    assertThat(half(Math.nextUp(1 + step / 2))).isEqualTo(0x3C01);
    assertThat(half(1 + step * 3 / 2)).isEqualTo(0x3C02);
    assertThat(half(-(1 + step / 2))).isEqualTo(0xBC00);
    // The carry reaches the exponent.
    assertThat(half(Math.nextDown(2f))).isEqualTo(0x4000);
  }

  @Test
  void fromFloat_belowTheNormalNumbers_isTheNearestSubnormal() {
    float unit = 0x1p-24f;
    assertThat(half(unit)).isEqualTo(1);
    assertThat(half(unit / 2)).isZero();
    assertThat(half(Math.nextUp(unit / 2))).isEqualTo(1);
    assertThat(half(1.5f * unit)).isEqualTo(2);
    assertThat(half(-1023 * unit)).isEqualTo(0x83FF);
    assertThat(half(1023.5f * unit)).isEqualTo(0x0400);
    assertThat(half(Float.MIN_VALUE)).isZero();
    assertThat(half(-0f)).isEqualTo(0x8000);
  }

  @Test
  void fromFloat_ends_staySpecial() {
    assertThat(half(65504)).isEqualTo(0x7BFF);
    assertThat(half(Math.nextDown(65520f))).isEqualTo(0x7BFF);
    assertThat(half(65520)).isEqualTo(0x7C00);
    assertThat(half(Float.NEGATIVE_INFINITY)).isEqualTo(0xFC00);
    assertThat(half(Float.NaN) & 0x7FFF).isGreaterThan(0x7C00);
    // A NaN whose upper bits alone would be infinity.
    assertThat(half(Float.intBitsToFloat(0x7F800001)) & 0x7FFF).isGreaterThan(0x7C00);
  }

  @Test
  void overflows_finiteNumbersThatHaveNoHalf_only() {
    assertThat(Float16.overflows(65520)).isTrue();
    assertThat(Float16.overflows(-1e30f)).isTrue();
    assertThat(Float16.overflows(Math.nextDown(65520f))).isFalse();
    assertThat(Float16.overflows(Float.POSITIVE_INFINITY)).isFalse();
    assertThat(Float16.overflows(Float.NaN)).isFalse();
  }

  @Test
  void fromFloat_anyNumber_isWhatPyTorchMakesOfIt() {
    SplittableRandom random = new SplittableRandom(1);
    float[] values = new float[40_000];
    for (int i = 0; i < values.length; i++) {
      // Exponents from below the subnormals to above the largest half.
      int exponent = 127 - 27 + random.nextInt(45);
      values[i] = Float.intBitsToFloat((random.nextInt() & 0x807FFFFF) | (exponent << 23));
    }
    String forward =
        """
          def forward(self: __torch__.Halving,
            x: Tensor) -> Tensor:
            return torch.to(torch.to(x, 5), 6)
        """;
    ModuleNode node = new ModuleNode(new ModuleKind("Halving", forward), Map.of());
    try (NDManager manager = NDManager.newBaseManager()) {
      float[] expected =
          Networks.run(node, new Weights(Map.of()), manager.create(values)).toFloatArray();
      for (int i = 0; i < values.length; i++) {
        assertThat(decoded(half(values[i]))).as("%a", values[i]).isEqualTo(expected[i]);
      }
    }
  }
}
