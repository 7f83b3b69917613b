package dev.anagama.diffusion.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.anagama.diffusion.network.ModuleNode.Initialization;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each module against the same arithmetic in array operations. */
class UNetModulesTest {
  /** Float32 against float64 over some hundred additions of numbers around one. */
  private static final double TOLERANCE = 1e-4;

  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  private NDArray random(long... shape) {
    Shape s = new Shape(shape);
    return manager.create(RandomWeights.values((int) s.size(), 99), s);
  }

  private static NDArray wide(NDArray array) {
    return array.toType(DataType.FLOAT64, true);
  }

  @ParameterizedTest
  @CsvSource({"3, 5, 1, 7, 6", "4, 8, 1, 8, 8", "4, 6, 2, 8, 8", "3, 4, 2, 7, 9"})
  void conv3_anyStride_isTheSumOverNineTaps(int in, int out, int stride, int height, int width) {
    ModuleNode node = UNetModules.conv3(in, out, stride);
    Weights weights = RandomWeights.of(node, 1);
    NDArray x = random(2, in, height, width);

    NDArray y = Networks.run(node, weights, x);

    assertThat(Networks.distance(y, reference(weights).conv("", wide(x), stride)))
        .isLessThan(TOLERANCE);
    assertThat(y.getShape().get(2)).isEqualTo((height + stride - 1) / stride);
  }

  @Test
  void conv1_isALinearMapOfChannels() {
    ModuleNode node = UNetModules.conv1(6, 4);
    Weights weights = RandomWeights.of(node, 2);
    NDArray x = random(3, 6, 5, 4);

    assertThat(
            Networks.distance(
                Networks.run(node, weights, x), reference(weights).conv("", wide(x), 1)))
        .isLessThan(TOLERANCE);
  }

  @Test
  void linear_mapsTheLastDimension() {
    ModuleNode node = UNetModules.linear(6, 5, Initialization.FAN_IN_UNIFORM);
    Weights weights = RandomWeights.of(node, 3);
    NDArray x = random(2, 7, 6);

    assertThat(
            Networks.distance(
                Networks.run(node, weights, x), reference(weights).linear("", wide(x))))
        .isLessThan(TOLERANCE);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 8})
  void groupNorm_anyGroups_normalisesEachByItself(int groups) {
    ModuleNode node = UNetModules.groupNorm(8, groups);
    Weights weights = RandomWeights.of(node, 4);
    NDArray x = random(3, 8, 4, 5).mul(3).add(2);

    assertThat(
            Networks.distance(
                Networks.run(node, weights, x), reference(weights).groupNorm("", wide(x), groups)))
        .isLessThan(TOLERANCE);
  }

  @Test
  void embedding_levelsAndConditions_isThatOfTheDocument() {
    ModuleNode node = UNetModules.embedding(12, 3);
    Weights weights = RandomWeights.of(node, 5);
    NDArray logSnr = manager.create(new float[] {-20, -3.25f, 0, 7.5f, 20});
    NDArray condition = manager.create(new long[] {0, 1, 2, 3, 3});

    assertThat(
            Networks.distance(
                Networks.run(node, weights, logSnr, condition),
                reference(weights).embedding("", logSnr, condition)))
        .isLessThan(TOLERANCE);
  }

  @Test
  void frequencies_spreadFromATenthToTenEvenlyInTheirLogarithm() {
    float[] frequencies = UNetModules.frequencies();

    assertThat(frequencies).hasSize(32);
    assertThat(frequencies[0]).isCloseTo(0.1f, within(1e-7f));
    assertThat(frequencies[31]).isCloseTo(10f, within(1e-5f));
    for (int i = 1; i < 32; i++) {
      assertThat(frequencies[i] / frequencies[i - 1])
          .isCloseTo((float) Math.pow(100, 1 / 31.0), within(1e-5f));
    }
  }

  @ParameterizedTest
  @CsvSource({"8, 8, 1", "8, 8, 4", "8, 12, 2", "12, 4, 1"})
  void residualBlock_anyWidths_isThatOfTheDocument(int in, int out, int groups) {
    ModuleNode node = UNetModules.residualBlock(in, out, 10, groups);
    Weights weights = RandomWeights.of(node, 6);
    NDArray x = random(2, in, 6, 5);
    NDArray e = random(2, 10);

    assertThat(weights.tensors().containsKey("across.weight")).isEqualTo(in != out);
    assertThat(
            Networks.distance(
                Networks.run(node, weights, x, e),
                reference(weights).residualBlock("", wide(x), wide(e), groups)))
        .isLessThan(TOLERANCE);
  }

  @ParameterizedTest
  @CsvSource({"8, 1, 1", "8, 2, 4", "12, 4, 3"})
  void selfAttention_anyHeads_isThatOfTheDocument(int channels, int heads, int groups) {
    ModuleNode node = UNetModules.selfAttention(channels, heads, groups);
    Weights weights = RandomWeights.of(node, 7);
    NDArray x = random(2, channels, 3, 4);

    assertThat(
            Networks.distance(
                Networks.run(node, weights, x),
                reference(weights).selfAttention("", wide(x), heads, groups)))
        .isLessThan(TOLERANCE);
  }

  private ReferenceNetwork reference(Weights weights) {
    return new ReferenceNetwork(manager, weights);
  }
}
