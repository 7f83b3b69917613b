package dev.anagama.diffusion.network;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TrainableClassifierTest {
  private static final ClassifierConfig CONFIG =
      new ClassifierConfig(1, 2, List.of(8, 12), List.of(1, 1), 2, 10, 3);
  private static final Weights WEIGHTS = RandomWeights.of(ClassifierProgram.root(CONFIG), 51);
  private static final float[] IMAGES = RandomWeights.values(4 * 8 * 8, 52);

  private static double addGradient(TrainableClassifier classifier) {
    try (NDManager scope = classifier.manager().newSubManager()) {
      return classifier.addGradient(
          scope.create(IMAGES, new Shape(4, 1, 8, 8)),
          scope.create(new float[] {-4, 0, 2, 8}),
          scope.create(new long[] {2, 0, 1, 2}));
    }
  }

  private static TrainableClassifier classifier(Weights weights, Precision compute) {
    return new TrainableClassifier(CONFIG, weights, Device.cpu(), compute);
  }

  private static double loss(Weights weights) {
    try (TrainableClassifier classifier = classifier(weights, Precision.FLOAT32)) {
      return addGradient(classifier);
    }
  }

  @Test
  void initialWeights_always_makeEveryClassEquallyLikely() {
    Weights weights = TrainableClassifier.initialWeights(CONFIG, 1);

    assertThat(loss(weights)).isCloseTo(Math.log(3), within(1e-6));
    assertThat(TrainableClassifier.initialWeights(CONFIG, 1).tensor("stem.weight").values())
        .isEqualTo(weights.tensor("stem.weight").values());
    assertThat(TrainableClassifier.initialWeights(CONFIG, 2).tensor("stem.weight").values())
        .isNotEqualTo(weights.tensor("stem.weight").values());
  }

  @Test
  void addGradient_everyParameter_agreesWithFiniteDifferences() {
    Map<String, float[]> gradients = new LinkedHashMap<>();
    try (TrainableClassifier classifier = classifier(WEIGHTS, Precision.FLOAT32)) {
      addGradient(classifier);
      classifier
          .parameters()
          .forEach(
              (name, parameter) -> {
                try (NDArray gradient = parameter.getGradient()) {
                  gradients.put(name, gradient.toFloatArray());
                }
              });
    }
    assertThat(gradients.keySet()).isEqualTo(WEIGHTS.tensors().keySet());
    // All parameters at once, along the gradient, where the slope is its length.
    double squares = 0;
    for (float[] gradient : gradients.values()) {
      for (float value : gradient) {
        squares += (double) value * value;
      }
    }
    double slope = Math.sqrt(squares);
    double step = 1e-2;
    double difference =
        (loss(moved(gradients, step / slope)) - loss(moved(gradients, -step / slope))) / (2 * step);
    assertThat(difference).isCloseTo(slope, within(0.02 * slope));
  }

  @Test
  void addGradient_inTwoLanes_isThatOfOneThread() {
    double[] losses = new double[2];
    float[][] gradients = new float[2][];
    for (int threads = 1; threads <= 2; threads++) {
      try (TrainableClassifier classifier =
          new TrainableClassifier(CONFIG, WEIGHTS, Device.cpu(), Precision.FLOAT32, threads)) {
        losses[threads - 1] = addGradient(classifier);
        NDArray stem = requireNonNull(classifier.parameters().get("stem.weight"));
        try (NDArray gradient = stem.getGradient()) {
          gradients[threads - 1] = gradient.toFloatArray();
        }
      }
    }
    assertThat(losses[1]).isCloseTo(losses[0], within(1e-6));
    for (int i = 0; i < gradients[0].length; i++) {
      assertThat(gradients[1][i]).isCloseTo(gradients[0][i], within(1e-5f));
    }
  }

  private static Weights moved(Map<String, float[]> gradients, double distance) {
    Map<String, Weights.Tensor> tensors = new LinkedHashMap<>();
    gradients.forEach(
        (name, gradient) -> {
          Weights.Tensor tensor = WEIGHTS.tensor(name);
          float[] values = tensor.values().clone();
          for (int i = 0; i < values.length; i++) {
            values[i] += (float) (distance * gradient[i]);
          }
          tensors.put(name, new Weights.Tensor(tensor.shape(), values));
        });
    return new Weights(tensors);
  }

  @ParameterizedTest
  @EnumSource(
      value = Precision.class,
      names = {"FLOAT32", "BFLOAT16"})
  void steps_alongTheGradient_learnABatch(Precision compute) {
    try (TrainableClassifier classifier =
            classifier(TrainableClassifier.initialWeights(CONFIG, 3), compute);
        AdamW optimizer = new AdamW(classifier.parameters(), Device.cpu())) {
      double first = addGradient(classifier);
      for (int step = 1; step <= 60; step++) {
        optimizer.step(step, 1e-2, 0, 0);
        addGradient(classifier);
      }
      optimizer.step(61, 1e-2, 0, 0);
      assertThat(addGradient(classifier)).isLessThan(0.1 * first);
      assertThat(optimizer.read(AdamW.Slot::average).tensor("stem.weight").values())
          .isEqualTo(optimizer.read(AdamW.Slot::parameter).tensor("stem.weight").values());
    }
  }
}
