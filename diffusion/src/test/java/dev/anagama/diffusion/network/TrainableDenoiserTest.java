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
import java.util.LinkedHashMap;
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
}
