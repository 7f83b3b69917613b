package dev.anagama.diffusion.network;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import dev.anagama.diffusion.guidance.Denoiser;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Gradients of the mean squared prediction over a fixed batch. */
class TrainableDenoiserTest {
  private static final UNetConfig CONFIG = Networks.SMALL;
  private static final Weights WEIGHTS = RandomWeights.of(CONFIG, 21);
  private static final float[] NOISY = RandomWeights.values(3 * 8 * 8, 22);

  private static NDArray predict(Denoiser denoiser, NDManager scope) {
    return denoiser.predictNoise(
        scope.create(NOISY, new Shape(3, 1, 8, 8)),
        scope.create(new float[] {-4, 0.5f, 6}),
        scope.create(new long[] {0, 1, CONFIG.nullCondition()}));
  }

  private static double loss(Weights weights) {
    try (TorchDenoiser denoiser =
            TorchDenoiser.ofUNet(CONFIG, weights, Device.cpu(), Precision.FLOAT32);
        NDManager scope = NDManager.newBaseManager()) {
      double sum = 0;
      float[] predicted = predict(denoiser, scope).toFloatArray();
      for (float value : predicted) {
        sum += (double) value * value;
      }
      return sum / predicted.length;
    }
  }

  private static Map<String, float[]> gradients(Precision compute) {
    Map<String, float[]> gradients = new LinkedHashMap<>();
    try (TrainableDenoiser denoiser =
            new TrainableDenoiser(CONFIG, WEIGHTS, Device.cpu(), compute);
        NDManager scope = denoiser.manager().newSubManager();
        GradientCollector collector = Engine.getInstance().newGradientCollector()) {
      collector.backward(predict(denoiser::predict, scope).square().mean());
      denoiser
          .parameters()
          .forEach(
              (name, parameter) -> {
                try (NDArray gradient = parameter.getGradient()) {
                  gradients.put(name, gradient.toFloatArray());
                }
              });
    }
    return gradients;
  }

  /** The weights with one tensor moved along a direction. */
  private static Weights moved(String name, float[] direction, double distance) {
    Map<String, Weights.Tensor> tensors = new LinkedHashMap<>(WEIGHTS.tensors());
    Weights.Tensor tensor = WEIGHTS.tensor(name);
    float[] values = tensor.values().clone();
    for (int i = 0; i < values.length; i++) {
      values[i] += (float) (distance * direction[i]);
    }
    tensors.put(name, new Weights.Tensor(tensor.shape(), values));
    return new Weights(tensors);
  }

  @Test
  void backward_everyParameter_agreesWithFiniteDifferences() {
    Map<String, float[]> gradients = gradients(Precision.FLOAT32);

    assertThat(gradients.keySet()).isEqualTo(UNet.shapes(CONFIG).keySet());
    for (Map.Entry<String, float[]> entry : gradients.entrySet()) {
      // Along the gradient itself, where the slope is its length and rounding hurts least.
      float[] direction = entry.getValue().clone();
      double squares = 0;
      for (float value : direction) {
        squares += (double) value * value;
      }
      double slope = Math.sqrt(squares);
      assertThat(slope).as(entry.getKey()).isGreaterThan(1e-6);
      for (int i = 0; i < direction.length; i++) {
        direction[i] = (float) (direction[i] / slope);
      }
      double h = 0.02;
      double difference =
          (loss(moved(entry.getKey(), direction, h)) - loss(moved(entry.getKey(), direction, -h)))
              / (2 * h);
      // The third derivative leaves h^2 = 4e-4 of its size; float32 some 1e-6.
      assertThat(difference).as(entry.getKey()).isCloseTo(slope, within(1e-5 + 0.02 * slope));
    }
  }

  @Test
  void backward_bfloat16Arithmetic_givesFloat32GradientsCloseToThose() {
    Map<String, float[]> exact = gradients(Precision.FLOAT32);
    Map<String, float[]> rounded = gradients(Precision.BFLOAT16);

    for (Map.Entry<String, float[]> entry : exact.entrySet()) {
      float[] a = entry.getValue();
      float[] b = requireNonNull(rounded.get(entry.getKey()));
      double dot = 0;
      double aa = 0;
      double bb = 0;
      for (int i = 0; i < a.length; i++) {
        dot += (double) a[i] * b[i];
        aa += (double) a[i] * a[i];
        bb += (double) b[i] * b[i];
      }
      // The cosine of the angle between them.
      assertThat(dot / Math.sqrt(aa * bb)).as(entry.getKey()).isGreaterThan(0.99);
    }
  }

  @Test
  void parameters_always_areFloat32AndCollectGradients() {
    try (TrainableDenoiser denoiser =
        new TrainableDenoiser(CONFIG, WEIGHTS, Device.cpu(), Precision.BFLOAT16)) {
      denoiser
          .parameters()
          .forEach(
              (name, parameter) -> {
                assertThat(parameter.hasGradient()).isTrue();
                assertThat(parameter.toFloatArray()).isEqualTo(WEIGHTS.tensor(name).values());
              });
      assertThat(denoiser.parameters()).hasSameSizeAs(WEIGHTS.tensors());
    }
  }

  /** Loss and gradients of noise prediction over some rows. */
  private record Gradient(double loss, Map<String, float[]> parts) {}

  private static Gradient gradient(Precision compute, int threads, int rows) {
    try (TrainableDenoiser denoiser =
            new TrainableDenoiser(CONFIG, WEIGHTS, Device.cpu(), compute, threads);
        NDManager scope = denoiser.manager().newSubManager()) {
      Shape shape = new Shape(rows, 1, 8, 8);
      float[] levels = new float[rows];
      long[] conditions = new long[rows];
      for (int row = 0; row < rows; row++) {
        levels[row] = 2f * row - rows;
        conditions[row] = row % 3;
      }
      double loss =
          denoiser.addGradient(
              scope.create(RandomWeights.values(rows * 64, 23), shape),
              scope.create(levels),
              scope.create(conditions),
              scope.create(RandomWeights.values(rows * 64, 24), shape),
              1);
      Map<String, float[]> parts = new LinkedHashMap<>();
      denoiser
          .parameters()
          .forEach(
              (name, parameter) -> {
                try (NDArray gradient = parameter.getGradient()) {
                  parts.put(name, gradient.toFloatArray());
                }
              });
      return new Gradient(loss, parts);
    }
  }

  @Test
  void addGradient_onTwoLanes_isThatOfOneUpToRounding() {
    for (int rows : new int[] {1, 2, 5, 8}) {
      Gradient one = gradient(Precision.FLOAT32, 1, rows);
      Gradient two = gradient(Precision.FLOAT32, 2, rows);

      assertThat(two.loss()).isCloseTo(one.loss(), within(1e-5 * one.loss()));
      one.parts()
          .forEach(
              (name, expected) -> {
                float[] found = requireNonNull(two.parts().get(name));
                float largest = 0;
                for (float value : expected) {
                  largest = Math.max(largest, Math.abs(value));
                }
                for (int i = 0; i < expected.length; i++) {
                  assertThat(found[i])
                      .as("%s[%d] of %d rows", name, i, rows)
                      .isCloseTo(expected[i], within(1e-4f * largest));
                }
              });
    }
  }

  @Test
  void addGradient_onTwoLanes_isTheSameEveryTime() {
    for (Precision precision : new Precision[] {Precision.FLOAT32, Precision.BFLOAT16}) {
      Gradient first = gradient(precision, 2, 9);
      for (int time = 0; time < 10; time++) {
        Gradient again = gradient(precision, 2, 9);

        assertThat(again.loss()).isEqualTo(first.loss());
        first.parts().forEach((name, part) -> assertThat(again.parts().get(name)).isEqualTo(part));
      }
    }
  }

  @Test
  void addGradient_twice_addsUp() {
    try (TrainableDenoiser denoiser =
            new TrainableDenoiser(CONFIG, WEIGHTS, Device.cpu(), Precision.FLOAT32, 2);
        NDManager scope = denoiser.manager().newSubManager()) {
      NDArray z = scope.create(NOISY, new Shape(3, 1, 8, 8));
      NDArray levels = scope.create(new float[] {-4, 0.5f, 6});
      NDArray conditions = scope.create(new long[] {0, 1, 2});
      NDArray bias = requireNonNull(denoiser.parameters().get("head.bias"));
      float[] sums = new float[2];
      for (int time = 0; time < 2; time++) {
        var unused = denoiser.addGradient(z, levels, conditions, scope.zeros(z.getShape()), 1);
        try (NDArray gradient = bias.getGradient()) {
          sums[time] = gradient.toFloatArray()[0];
        }
      }

      assertThat(sums[0]).isNotZero();
      assertThat(sums[1]).isCloseTo(2 * sums[0], within(1e-6f * Math.abs(sums[0])));
    }
  }

  /** Loss of a network with dropout, for each of some seeds, on so many threads. */
  private static List<Double> losses(int threads, long... seeds) {
    UNetConfig config = Networks.DROPPING;
    try (TrainableDenoiser denoiser =
            new TrainableDenoiser(
                config, RandomWeights.of(config, 31), Device.cpu(), Precision.BFLOAT16, threads);
        NDManager scope = denoiser.manager().newSubManager()) {
      Shape shape = new Shape(4, 3, 8, 8);
      NDArray z = scope.create(RandomWeights.values(4 * 3 * 64, 32), shape);
      NDArray levels = scope.create(new float[] {-4, 0.5f, 6, 1});
      NDArray conditions = scope.create(new long[] {0, 1, 2, config.nullCondition()});
      NDArray target = scope.zeros(shape);
      List<Double> losses = new ArrayList<>();
      for (long seed : seeds) {
        losses.add(denoiser.addGradient(z, levels, conditions, target, seed));
      }
      return losses;
    }
  }

  @Test
  void addGradient_withDropout_followsFromTheSeed() {
    List<Double> first = losses(1, 1, 2, 1);

    assertThat(first.get(2)).isEqualTo(first.get(0));
    assertThat(first.get(1)).isNotEqualTo(first.get(0));
    // Another run, and on more threads: dropping is left to one of them.
    assertThat(losses(1, 2, 1)).containsExactly(first.get(1), first.get(0));
    assertThat(losses(2, 1, 1)).satisfies(two -> assertThat(two.get(0)).isEqualTo(two.get(1)));
  }
}
