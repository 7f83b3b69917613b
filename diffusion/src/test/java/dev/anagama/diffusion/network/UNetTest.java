package dev.anagama.diffusion.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import org.junit.jupiter.api.Test;

class UNetTest {
  private static final Weights FRESH = UNet.initialWeights(Networks.LARGE, 5);

  private static float[] values(String name) {
    return FRESH.tensor(name).values();
  }

  @Test
  void shapes_aSmallNetwork_areThoseOfTheDocument() {
    // The names and their order are the released form of weights.safetensors.
    Map<String, long[]> shapes = UNet.shapes(Networks.SMALL);

    assertThat(shapes.keySet())
        .containsExactly(
            "embedding.conditions",
            "embedding.first.weight",
            "embedding.first.bias",
            "embedding.second.weight",
            "embedding.second.bias",
            "stem.weight",
            "stem.bias",
            "down_0_0.norm_in.weight",
            "down_0_0.norm_in.bias",
            "down_0_0.conv_in.weight",
            "down_0_0.conv_in.bias",
            "down_0_0.modulation.weight",
            "down_0_0.modulation.bias",
            "down_0_0.norm_out.weight",
            "down_0_0.norm_out.bias",
            "down_0_0.conv_out.weight",
            "down_0_0.conv_out.bias",
            "shrink_0.weight",
            "shrink_0.bias",
            "middle_0.norm_in.weight",
            "middle_0.norm_in.bias",
            "middle_0.conv_in.weight",
            "middle_0.conv_in.bias",
            "middle_0.modulation.weight",
            "middle_0.modulation.bias",
            "middle_0.norm_out.weight",
            "middle_0.norm_out.bias",
            "middle_0.conv_out.weight",
            "middle_0.conv_out.bias",
            "attention.norm.weight",
            "attention.norm.bias",
            "attention.qkv.weight",
            "attention.qkv.bias",
            "attention.out.weight",
            "attention.out.bias",
            "grow_0.weight",
            "grow_0.bias",
            "up_0_0.norm_in.weight",
            "up_0_0.norm_in.bias",
            "up_0_0.conv_in.weight",
            "up_0_0.conv_in.bias",
            "up_0_0.modulation.weight",
            "up_0_0.modulation.bias",
            "up_0_0.norm_out.weight",
            "up_0_0.norm_out.bias",
            "up_0_0.conv_out.weight",
            "up_0_0.conv_out.bias",
            "up_0_0.across.weight",
            "up_0_0.across.bias",
            "norm.weight",
            "norm.bias",
            "head.weight",
            "head.bias");
    assertThat(shapes.get("embedding.conditions")).containsExactly(3, 8);
    assertThat(shapes.get("embedding.first.weight")).containsExactly(8, 64);
    assertThat(shapes.get("up_0_0.conv_in.weight")).containsExactly(4, 8, 3, 3);
    assertThat(shapes.get("up_0_0.modulation.weight")).containsExactly(8, 8);
    assertThat(shapes.get("attention.qkv.weight")).containsExactly(24, 8);
  }

  @Test
  void initialWeights_sameSeed_areTheSame() {
    Weights again = UNet.initialWeights(Networks.LARGE, 5);
    Weights other = UNet.initialWeights(Networks.LARGE, 6);

    FRESH
        .tensors()
        .forEach(
            (name, tensor) -> assertThat(again.tensor(name).values()).isEqualTo(tensor.values()));
    assertThat(other.tensor("stem.weight").values()).isNotEqualTo(values("stem.weight"));
  }

  @Test
  void initialWeights_knownSeed_neverChange() {
    assertThat(values("embedding.conditions"))
        .startsWith(1.405652f, -0.58115304f, 0.39647228f, 0.1555852f);
    assertThat(values("stem.weight")).startsWith(0.042677127f, -0.16495092f, 0.12863305f);
  }

  @Test
  void initialWeights_closingLayers_areZeroAndGainsAreOne() {
    assertThat(values("down_0_0.conv_out.weight")).containsOnly(0f);
    assertThat(values("down_0_0.conv_out.bias")).containsOnly(0f);
    assertThat(values("attention.out.weight")).containsOnly(0f);
    assertThat(values("attention.out.bias")).containsOnly(0f);
    assertThat(values("head.weight")).containsOnly(0f);
    assertThat(values("norm.weight")).containsOnly(1f);
    assertThat(values("norm.bias")).containsOnly(0f);
  }

  @Test
  void initialWeights_others_fillTheirFanInsBound() {
    for (String name : new String[] {"middle_0.conv_in", "middle_0.modulation"}) {
      long[] shape = FRESH.tensor(name + ".weight").shape();
      float bound = (float) Math.sqrt((double) shape[0] / values(name + ".weight").length);
      for (String part : new String[] {".weight", ".bias"}) {
        float largest = 0;
        for (float value : values(name + part)) {
          largest = Math.max(largest, Math.abs(value));
        }
        assertThat(largest).as(name + part).isBetween(0.7f * bound, bound);
      }
    }
  }

  @Test
  void initialWeights_conditions_areStandardNormal() {
    float[] rows = values("embedding.conditions");
    double squares = 0;
    for (float value : rows) {
      squares += value * value;
    }
    assertThat(squares / rows.length).isCloseTo(1, within(4 * Math.sqrt(2.0 / rows.length)));
  }

  @Test
  void tensor_valuesThatDoNotFillItsShape_areRefused() {
    assertThatThrownBy(() -> new Weights.Tensor(new long[] {2, 3}, new float[5]))
        .hasMessage("tensor of shape [2, 3] has 5 values");
  }

  @Test
  void parameterCount_isTheSumOverTensors() {
    long expected =
        UNet.shapes(Networks.LARGE).values().stream().mapToLong(Weights.Tensor::count).sum();

    assertThat(FRESH.parameterCount()).isEqualTo(expected);
  }
}
