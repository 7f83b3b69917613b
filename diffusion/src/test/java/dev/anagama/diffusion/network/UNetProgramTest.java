package dev.anagama.diffusion.network;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import dev.anagama.diffusion.network.ModuleNode.Attribute.Child;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The whole network, in the precisions that it runs in. */
class UNetProgramTest {
  /** Float32 against float64 through some twenty layers. */
  private static final double TOLERANCE = 1e-4;

  /**
   * Bfloat16 against float32, as a share of the output's root mean square. A rounding is off by at
   * most 2^-9 = 0.2 %; the errors of some thirty roundings, partly correlated, add up to some per
   * cent.
   */
  private static final double BFLOAT16_SHARE = 0.05;

  /** Float16 rounds eight times as finely. */
  private static final double FLOAT16_SHARE = BFLOAT16_SHARE / 8;

  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  /** Rows of noise at levels from -20 to 20, with every condition in turn, the null one too. */
  private record Input(NDArray z, NDArray logSnr, NDArray condition) {}

  private Input input(UNetConfig config, int rows) {
    int side = 2 * config.sideMultiple();
    Shape shape = new Shape(rows, config.imageChannels(), side, side + config.sideMultiple());
    float[] logSnr = new float[rows];
    long[] condition = new long[rows];
    for (int row = 0; row < rows; row++) {
      logSnr[row] = -20 + 40f * row / Math.max(1, rows - 1);
      condition[row] = row % (config.classes() + 1);
    }
    return new Input(
        manager.create(RandomWeights.values((int) shape.size(), 5), shape).mul(1.7),
        manager.create(logSnr),
        manager.create(condition));
  }

  private static NDArray predict(
      UNetConfig config, Weights weights, Precision precision, Input input) {
    try (TorchDenoiser denoiser = TorchDenoiser.ofUNet(config, weights, Device.cpu(), precision)) {
      return denoiser.predictNoise(input.z(), input.logSnr(), input.condition());
    }
  }

  /** In the form in which it is trained, which a GPU serves too. */
  private static NDArray predictPlainly(
      UNetConfig config, Weights weights, Precision precision, Input input) {
    try (LoadedModule module =
        LoadedModule.assembled(
            UNetProgram.root(config), weights, Device.cpu(), precision, precision, false)) {
      return module
          .block()
          .forward(
              new ParameterStore(module.manager(), false),
              new NDList(input.z(), input.logSnr(), input.condition()),
              false)
          .singletonOrThrow();
    }
  }

  static List<UNetConfig> configs() {
    return Networks.all();
  }

  @ParameterizedTest
  @MethodSource("configs")
  void unet_float32ServedOrPlain_isTheReference(UNetConfig config) {
    Weights weights = RandomWeights.of(config, 11);
    Input input = input(config, config.classes() + 1);

    NDArray served = predict(config, weights, Precision.FLOAT32, input);
    NDArray plain = predictPlainly(config, weights, Precision.FLOAT32, input);
    NDArray expected =
        new ReferenceNetwork(manager, weights)
            .unet(config, input.z(), input.logSnr(), input.condition());

    assertThat(Networks.distance(served, expected)).isLessThan(TOLERANCE);
    assertThat(Networks.distance(plain, expected)).isLessThan(TOLERANCE);
  }

  @ParameterizedTest
  @MethodSource("configs")
  void unet_bfloat16_isCloseToFloat32(UNetConfig config) {
    Weights weights = RandomWeights.of(config, 12);
    Input input = input(config, 6);

    NDArray exact = predict(config, weights, Precision.FLOAT32, input);
    double served = error(predict(config, weights, Precision.BFLOAT16, input), exact);
    double plain = error(predictPlainly(config, weights, Precision.BFLOAT16, input), exact);

    assertThat(served).isBetween(1e-4, BFLOAT16_SHARE);
    // The served form rounds other numbers, and about as often.
    assertThat(served).isLessThan(1.5 * plain);
  }

  @ParameterizedTest
  @MethodSource("configs")
  void unet_float16_isCloserToFloat32(UNetConfig config) {
    Weights weights = RandomWeights.of(config, 12);
    Input input = input(config, 6);

    NDArray exact = predict(config, weights, Precision.FLOAT32, input);
    NDArray rounded = predict(config, weights, Precision.FLOAT16, input);

    assertThat(error(rounded, exact)).isBetween(1e-5, FLOAT16_SHARE);
  }

  /** Root mean square of the difference, as a share of that of the exact values. */
  private static double error(NDArray found, NDArray exact) {
    return Math.sqrt(found.sub(exact).square().mean().getFloat())
        / Math.sqrt(exact.square().mean().getFloat());
  }

  @ParameterizedTest
  @MethodSource("configs")
  void unet_storedInFloat32AndComputedInBfloat16_isThatOfBfloat16(UNetConfig config) {
    Weights weights = RandomWeights.of(config, 13);
    Input input = input(config, 3);

    NDArray stored = predictPlainly(config, weights, Precision.BFLOAT16, input);
    try (TrainableDenoiser trained =
        new TrainableDenoiser(config, weights, Device.cpu(), Precision.BFLOAT16)) {
      NDArray seen = trained.predict(input.z(), input.logSnr(), input.condition());
      // The casts are the same, so the rest is; kernels may still add in another order.
      assertThat(seen.sub(stored).abs().max().getFloat()).isLessThan(0.02f);
      assertThat(seen.sub(stored).abs().mean().getFloat()).isLessThan(1e-3f);
    }
  }

  @Test
  void unet_aRowAmongOthers_isTheRowAlone() {
    for (Precision precision : Precision.values()) {
      Weights weights = RandomWeights.of(Networks.LARGE, 14);
      Input all = input(Networks.LARGE, 5);
      float[] together = predict(Networks.LARGE, weights, precision, all).toFloatArray();
      int size = together.length / 5;
      // One step between 1 and 2, should a kernel choose another order of additions.
      float tolerance =
          switch (precision) {
            case FLOAT32 -> 1e-5f;
            case BFLOAT16 -> 0.0079f;
            case FLOAT16 -> 0.00098f;
          };
      for (int row = 0; row < 5; row++) {
        String one = row + ":" + (row + 1);
        Input alone = new Input(all.z().get(one), all.logSnr().get(one), all.condition().get(one));
        assertThat(predict(Networks.LARGE, weights, precision, alone).toFloatArray())
            .as("row %d in %s", row, precision)
            .containsExactly(
                Arrays.copyOfRange(together, row * size, (row + 1) * size), within(tolerance));
      }
    }
  }

  @Test
  void unet_levelConditionAndNull_allMatter() {
    Weights weights = RandomWeights.of(Networks.SMALL, 15);
    Input input = input(Networks.SMALL, 1);
    float[] first = predict(Networks.SMALL, weights, Precision.FLOAT32, input).toFloatArray();

    for (long condition = 1; condition <= Networks.SMALL.nullCondition(); condition++) {
      Input other = new Input(input.z(), input.logSnr(), manager.create(new long[] {condition}));
      assertThat(predict(Networks.SMALL, weights, Precision.FLOAT32, other).toFloatArray())
          .as("condition %d", condition)
          .isNotEqualTo(first);
    }
    Input cleaner = new Input(input.z(), input.logSnr().add(1), input.condition());
    assertThat(predict(Networks.SMALL, weights, Precision.FLOAT32, cleaner).toFloatArray())
        .isNotEqualTo(first);
  }

  @Test
  void unet_nullCondition_isTheLastRowOfTheEmbedding() {
    UNetConfig config = Networks.SMALL;
    Weights weights = RandomWeights.of(config, 16);
    Weights.Tensor conditions = weights.tensor("embedding.conditions");
    float[] rows = conditions.values();
    int width = config.embeddingChannels();
    // Class 0 gets the row of the null condition; nothing else changes.
    float[] swapped = rows.clone();
    System.arraycopy(rows, config.nullCondition() * width, swapped, 0, width);
    Map<String, Weights.Tensor> changed = new LinkedHashMap<>(weights.tensors());
    changed.put("embedding.conditions", new Weights.Tensor(conditions.shape(), swapped));
    Input input = input(config, 1);
    Input ofNull =
        new Input(input.z(), input.logSnr(), manager.create(new long[] {config.nullCondition()}));

    assertThat(predict(config, new Weights(changed), Precision.FLOAT32, input).toFloatArray())
        .isEqualTo(predict(config, weights, Precision.FLOAT32, ofNull).toFloatArray());
  }

  @Test
  void unet_freshWeights_predictNothing() {
    Input input = input(Networks.LARGE, 2);
    Weights fresh = UNet.initialWeights(Networks.LARGE, 1);

    assertThat(predict(Networks.LARGE, fresh, Precision.FLOAT32, input).toFloatArray())
        .containsOnly(0f);
  }

  @Test
  void unet_itsInputsAndOutput_areRowMajorAndUntouched() {
    Input input = input(Networks.LARGE, 2);
    float[] before = input.z().toFloatArray();

    NDArray output =
        predict(Networks.LARGE, RandomWeights.of(Networks.LARGE, 3), Precision.BFLOAT16, input);

    assertThat(input.z().toFloatArray()).isEqualTo(before);
    assertThat(Networks.strides(output)).isEqualTo(Networks.strides(input.z()));
  }

  @Test
  void program_everyConfig_takesFewLinesOfItsOwn() {
    // The root is unrolled from the configuration; the blocks are classes that it shares.
    String text = UNetProgram.root(Networks.LARGE).kind().forward();

    assertThat(text).contains("(self.down_0_1).forward(h, e, )", "(self.attention).forward(h, )");
    assertThat(text.lines()).hasSizeLessThan(40);
    assertThat(UNetProgram.served(Networks.LARGE, true).kind().forward().lines())
        .hasSizeLessThan(40);
  }

  @Test
  void program_dropout_isInTheTrainedFormAlone() {
    UNetConfig config = Networks.DROPPING;
    String dropping = "torch.dropout(torch.silu(h0), 0.25, True)";

    assertThat(textOf(UNetProgram.trained(config), "down_0_0")).contains(dropping);
    assertThat(textOf(UNetProgram.root(config), "down_0_0")).doesNotContain("dropout");
    assertThat(textOf(UNetProgram.served(config, true), "down_0_0")).doesNotContain("dropout");
    assertThat(textOf(UNetProgram.trained(Networks.ADM), "down_0_0")).doesNotContain("dropout");
  }

  private static String textOf(ModuleNode root, String child) {
    return ((Child) requireNonNull(root.attributes().get(child))).node().kind().forward();
  }

  @Test
  void parameterCount_everyConfig_isThatOfItsWeights() {
    for (UNetConfig config : Networks.all()) {
      assertThat(UNet.parameterCount(config))
          .isEqualTo(UNet.initialWeights(config, 1).parameterCount());
    }
  }
}
