package dev.anagama.diffusion.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.util.Pair;
import dev.anagama.diffusion.guidance.AutogradClassifier;
import dev.anagama.diffusion.guidance.NoisyClassifier;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TorchClassifierTest {
  private static final int SIDE = 8;
  private static final float[] LEVELS = {-3, 0.5f, 6};
  private static final long[] CLASSES = {2, 0, 1};

  /** Grey, patches, two levels. */
  private static final ClassifierConfig PATCHED =
      new ClassifierConfig(1, 2, List.of(8, 12), List.of(1, 2), 2, 10, 3);

  /** Coloured, no patches, three levels. */
  private static final ClassifierConfig DEEP =
      new ClassifierConfig(3, 1, List.of(4, 8, 8), List.of(1, 1, 1), 4, 8, 4);

  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  private static List<ClassifierConfig> configs() {
    return List.of(PATCHED, DEEP);
  }

  private static Weights weights(ClassifierConfig config) {
    return RandomWeights.of(ClassifierProgram.root(config), 31);
  }

  private static TorchClassifier classifier(ClassifierConfig config, Precision precision) {
    return new TorchClassifier(config, weights(config), Device.cpu(), precision);
  }

  private NDArray images(ClassifierConfig config) {
    Shape shape = new Shape(LEVELS.length, config.imageChannels(), SIDE, SIDE);
    return manager.create(RandomWeights.values((int) shape.size(), 32), shape);
  }

  private float[] gradient(TorchClassifier network, NDArray z, float[] levels, long[] classes) {
    NoisyClassifier classifier = new AutogradClassifier(network);
    return classifier
        .logProbabilityGradient(z, manager.create(levels), manager.create(classes))
        .toFloatArray();
  }

  @ParameterizedTest
  @MethodSource("configs")
  void of_noisyImages_isThatOfTheReference(ClassifierConfig config) {
    NDArray z = images(config);
    NDArray levels = manager.create(LEVELS);
    try (TorchClassifier classifier = classifier(config, Precision.FLOAT32)) {
      NDArray expected =
          new ReferenceNetwork(manager, weights(config)).classifier(config, z, levels);
      assertThat(expected.getShape()).isEqualTo(new Shape(LEVELS.length, config.classes()));
      assertThat(Networks.distance(classifier.of(z, levels), expected)).isLessThan(1e-4);
    }
  }

  @ParameterizedTest
  @MethodSource("configs")
  void gradient_alongManyDirections_agreesWithFiniteDifferencesOfTheReference(
      ClassifierConfig config) {
    NDArray z = images(config);
    float[] found;
    try (TorchClassifier classifier = classifier(config, Precision.FLOAT32)) {
      found = gradient(classifier, z, LEVELS, CLASSES);
    }
    assertThat(found).hasSize((int) z.size());
    int size = found.length / LEVELS.length;
    double step = 1e-2;
    for (int direction = 0; direction < 4; direction++) {
      float[] way = RandomWeights.values(found.length, 40 + direction);
      NDArray moved = manager.create(way, z.getShape()).mul((float) step);
      double[] ahead = logProbabilities(config, z.add(moved));
      double[] behind = logProbabilities(config, z.sub(moved));
      for (int row = 0; row < LEVELS.length; row++) {
        double slope = 0;
        for (int i = row * size; i < (row + 1) * size; i++) {
          slope += (double) found[i] * way[i];
        }
        double difference = (ahead[row] - behind[row]) / (2 * step);
        assertThat(slope).as("row %d", row).isCloseTo(difference, within(1e-3));
      }
    }
  }

  /** Of each row's class, in float64. */
  private double[] logProbabilities(ClassifierConfig config, NDArray z) {
    return new ReferenceNetwork(manager, weights(config))
        .classifier(config, z, manager.create(LEVELS))
        .logSoftmax(1)
        .gather(manager.create(CLASSES).reshape(-1, 1), 1)
        .toDoubleArray();
  }

  @Test
  void gradient_ofARow_isTheSameAloneAndAmongOthersAndEachTime() {
    NDArray z = images(PATCHED);
    try (TorchClassifier classifier = classifier(PATCHED, Precision.FLOAT32)) {
      float[] together = gradient(classifier, z, LEVELS, CLASSES);
      assertThat(gradient(classifier, z, LEVELS, CLASSES)).isEqualTo(together);
      int size = together.length / LEVELS.length;
      for (int row = 0; row < LEVELS.length; row++) {
        float[] alone =
            gradient(
                classifier,
                z.get(row + ":" + (row + 1)),
                new float[] {LEVELS[row]},
                new long[] {CLASSES[row]});
        assertThat(alone).hasSize(size);
        for (int i = 0; i < size; i++) {
          assertThat(alone[i]).isCloseTo(together[row * size + i], within(1e-5f));
        }
      }
    }
  }

  @Test
  void gradient_inBfloat16_pointsTheSameWay() {
    float[] exact;
    float[] rounded;
    try (TorchClassifier classifier = classifier(PATCHED, Precision.FLOAT32)) {
      exact = gradient(classifier, images(PATCHED), LEVELS, CLASSES);
    }
    try (TorchClassifier classifier = classifier(PATCHED, Precision.BFLOAT16)) {
      rounded = gradient(classifier, images(PATCHED), LEVELS, CLASSES);
    }
    double dot = 0;
    double exactSquares = 0;
    double roundedSquares = 0;
    for (int i = 0; i < exact.length; i++) {
      dot += (double) exact[i] * rounded[i];
      exactSquares += (double) exact[i] * exact[i];
      roundedSquares += (double) rounded[i] * rounded[i];
    }
    // The cosine of the angle between them.
    assertThat(dot / Math.sqrt(exactSquares * roundedSquares)).isGreaterThan(0.99);
  }

  @Test
  void gradient_calledOftenOnceWarm_leavesNoArraysAndNoGradientsOfParameters() {
    NDArray z = images(PATCHED);
    try (TorchClassifier classifier = classifier(PATCHED, Precision.FLOAT32)) {
      List<Integer> owned = new ArrayList<>();
      List<Integer> callers = new ArrayList<>();
      for (int call = 0; call < 300; call++) {
        try (NDManager scope = manager.newSubManager();
            NDArray mine = z.duplicate()) {
          mine.attach(scope);
          new AutogradClassifier(classifier)
              .logProbabilityGradient(mine, scope.create(LEVELS), scope.create(CLASSES));
          callers.add(scope.getManagedArrays().size());
        }
        owned.add(classifier.manager().getManagedArrays().size());
      }
      assertThat(owned).containsOnly(owned.get(0));
      // z, levels, classes and the gradient.
      assertThat(callers).containsOnly(4);
      for (Pair<String, Parameter> parameter : classifier.parameters()) {
        assertThat(parameter.getValue().getArray().hasGradient()).as(parameter.getKey()).isFalse();
      }
    }
  }

  @Test
  void construct_weightsOfAnother_areRefused() {
    Map<String, Weights.Tensor> tensors = new LinkedHashMap<>(weights(PATCHED).tensors());
    tensors.remove("head.weight");
    assertThatThrownBy(
            () ->
                new TorchClassifier(PATCHED, new Weights(tensors), Device.cpu(), Precision.FLOAT32))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("weights hold nothing for 'head.weight'; the network needs shape [3, 12]");
  }
}
