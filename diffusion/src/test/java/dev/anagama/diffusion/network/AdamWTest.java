package dev.anagama.diffusion.network;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** The optimiser on a network whose convolutions lie channels-last in memory. */
class AdamWTest {
  /** What a run needs beside its parameters to go on. */
  private static final List<Function<AdamW.Slot, NDArray>> KEPT =
      List.of(AdamW.Slot::firstMoment, AdamW.Slot::secondMoment, AdamW.Slot::average);

  private static final UNetConfig CONFIG = Networks.SMALL;
  private static final Weights START = RandomWeights.of(CONFIG, 31);
  private static final double WEIGHT_DECAY = 0.02;

  /** A network with its optimiser. */
  private static final class Run implements AutoCloseable {
    private final TrainableDenoiser network;
    private final AdamW optimizer;

    Run(Weights weights) {
      network = new TrainableDenoiser(CONFIG, weights, Device.cpu(), Precision.FLOAT32);
      optimizer = new AdamW(network.parameters(), Device.cpu());
    }

    /** Leaves gradients of {@code scale} times some loss in the parameters. */
    void backward(long seed, double scale) {
      try (NDManager scope = network.manager().newSubManager();
          GradientCollector collector = Engine.getInstance().newGradientCollector()) {
        NDArray z = scope.create(RandomWeights.values(2 * 16, seed), new Shape(2, 1, 4, 4));
        NDArray predicted =
            network.predict(z, scope.create(new float[] {-1, 2}), scope.create(new long[] {0, 2}));
        collector.backward(predicted.square().mean().mul(scale));
      }
    }

    Map<String, float[]> values(Function<AdamW.Slot, NDArray> part) {
      Map<String, float[]> values = new LinkedHashMap<>();
      optimizer.slots().forEach(slot -> values.put(slot.name(), part.apply(slot).toFloatArray()));
      return values;
    }

    Map<String, float[]> gradients() {
      return values(
          slot -> {
            NDArray gradient = slot.parameter().getGradient();
            gradient.attach(network.manager());
            return gradient;
          });
    }

    Weights weights(Function<AdamW.Slot, NDArray> part) {
      Map<String, Weights.Tensor> tensors = new LinkedHashMap<>();
      values(part)
          .forEach(
              (name, values) ->
                  tensors.put(name, new Weights.Tensor(START.tensor(name).shape(), values)));
      return new Weights(tensors);
    }

    @Override
    public void close() {
      optimizer.close();
      network.close();
    }
  }

  /** Loshchilov and Hutter's algorithm 2, with clipping and the average, in double. */
  private static final class Expected {
    private final Map<String, double[]> parameters = new LinkedHashMap<>();
    private final Map<String, double[]> first = new LinkedHashMap<>();
    private final Map<String, double[]> second = new LinkedHashMap<>();
    private final Map<String, double[]> averages = new LinkedHashMap<>();

    Expected() {
      START
          .tensors()
          .forEach(
              (name, tensor) -> {
                parameters.put(name, wide(tensor.values()));
                first.put(name, new double[tensor.values().length]);
                second.put(name, new double[tensor.values().length]);
                averages.put(name, wide(tensor.values()));
              });
    }

    double step(Map<String, float[]> gradients, int step, double rate, double keep) {
      double squares = 0;
      for (float[] gradient : gradients.values()) {
        for (float value : gradient) {
          squares += (double) value * value;
        }
      }
      double norm = Math.sqrt(squares);
      double clip = Math.min(1, 1 / norm);
      gradients.forEach(
          (name, gradient) -> {
            for (int i = 0; i < gradient.length; i++) {
              advance(name, i, gradient[i] * clip, step, rate, keep);
            }
          });
      return norm;
    }

    private void advance(String name, int i, double g, int step, double rate, double keep) {
      double[] p = requireNonNull(parameters.get(name));
      double[] m = requireNonNull(first.get(name));
      double[] v = requireNonNull(second.get(name));
      double[] average = requireNonNull(averages.get(name));
      m[i] = 0.9 * m[i] + 0.1 * g;
      v[i] = 0.99 * v[i] + 0.01 * g * g;
      double corrected = m[i] / (1 - Math.pow(0.9, step));
      double scale = Math.sqrt(v[i] / (1 - Math.pow(0.99, step))) + 1e-8;
      p[i] = p[i] * (1 - rate * WEIGHT_DECAY) - rate * corrected / scale;
      average[i] = keep * average[i] + (1 - keep) * p[i];
    }

    private static double[] wide(float[] values) {
      double[] wide = new double[values.length];
      for (int i = 0; i < values.length; i++) {
        wide[i] = values[i];
      }
      return wide;
    }
  }

  private static void assertClose(
      Map<String, float[]> found, Map<String, double[]> expected, double tolerance) {
    assertThat(found.keySet()).isEqualTo(expected.keySet());
    found.forEach(
        (name, values) -> {
          double[] wanted = requireNonNull(expected.get(name));
          for (int i = 0; i < values.length; i++) {
            assertThat((double) values[i])
                .as("%s[%d]", name, i)
                .isCloseTo(wanted[i], within(tolerance * (1 + Math.abs(wanted[i]))));
          }
        });
  }

  @Test
  void step_severalTimes_isAdamWInDouble() {
    try (Run run = new Run(START)) {
      Expected expected = new Expected();
      List<Double> norms = new ArrayList<>();
      for (int step = 1; step <= 6; step++) {
        // Large gradients first, which are clipped, then small ones, which are not.
        run.backward(step, step <= 3 ? 50 : 0.05);
        double rate = 0.01 * step;
        double keep = 0.5 + 0.05 * step;

        double wanted = expected.step(run.gradients(), step, rate, keep);
        double norm = run.optimizer.step(step, rate, WEIGHT_DECAY, keep);

        norms.add(norm);
        assertThat(norm).isCloseTo(wanted, within(1e-4 * wanted));
        assertClose(run.values(AdamW.Slot::firstMoment), expected.first, 1e-6);
        assertClose(run.values(AdamW.Slot::secondMoment), expected.second, 1e-6);
        // Where a gradient is next to nothing its sign alone makes the step; float32 has 1e-7.
        assertClose(run.values(AdamW.Slot::parameter), expected.parameters, 2e-4);
        assertClose(run.values(AdamW.Slot::average), expected.averages, 2e-4);
      }
      assertThat(norms.subList(0, 3)).allMatch(norm -> norm > 2 * AdamW.MAX_GRADIENT_NORM);
      assertThat(norms.subList(3, 6)).allMatch(norm -> norm < AdamW.MAX_GRADIENT_NORM / 2);
    }
  }

  @Test
  void step_itsGradients_areClearedForTheNext() {
    try (Run run = new Run(START)) {
      run.backward(1, 1);
      run.optimizer.step(1, 0.01, 0, 0.5);

      run.gradients().values().forEach(gradient -> assertThat(gradient).containsOnly(0f));
    }
  }

  @Test
  void step_keepAll_leavesTheAverageAndKeepNothingMakesItTheParameters() {
    try (Run run = new Run(START)) {
      run.backward(1, 1);
      run.optimizer.step(1, 0.1, 0, 1);
      run.values(AdamW.Slot::average)
          .forEach((name, values) -> assertThat(values).isEqualTo(START.tensor(name).values()));

      run.backward(2, 1);
      run.optimizer.step(2, 0.1, 0, 0);
      Map<String, float[]> parameters = run.values(AdamW.Slot::parameter);
      run.values(AdamW.Slot::average)
          .forEach((name, values) -> assertThat(values).isEqualTo(parameters.get(name)));
    }
  }

  @Test
  void slots_always_haveTheLayoutOfTheirParameter() {
    try (Run run = new Run(START)) {
      for (AdamW.Slot slot : run.optimizer.slots()) {
        long[] strides = Networks.strides(slot.parameter());
        assertThat(Networks.strides(slot.firstMoment())).isEqualTo(strides);
        assertThat(Networks.strides(slot.secondMoment())).isEqualTo(strides);
        assertThat(Networks.strides(slot.average())).isEqualTo(strides);
      }
      AdamW.Slot convolution =
          run.optimizer.slots().stream()
              .filter(slot -> slot.name().equals("middle_0.conv_in.weight"))
              .findFirst()
              .orElseThrow();
      assertThat(Networks.strides(convolution.firstMoment())).containsExactly(72, 1, 24, 8);
    }
  }

  @Test
  void restore_fromSavedValues_goesOnAsIfNothingHadHappened() {
    try (Run run = new Run(START)) {
      for (int step = 1; step <= 3; step++) {
        run.backward(step, 1);
        run.optimizer.step(step, 0.01, WEIGHT_DECAY, 0.9);
      }
      try (Run resumed = new Run(run.weights(AdamW.Slot::parameter))) {
        for (Function<AdamW.Slot, NDArray> part : KEPT) {
          resumed.optimizer.restore(part, run.weights(part)::tensor);
        }

        assertSame(run, resumed);
        for (Run each : List.of(run, resumed)) {
          each.backward(4, 1);
          each.optimizer.step(4, 0.01, WEIGHT_DECAY, 0.9);
        }
        assertSame(run, resumed);
        for (AdamW.Slot slot : resumed.optimizer.slots()) {
          assertThat(Networks.strides(slot.firstMoment()))
              .isEqualTo(Networks.strides(slot.parameter()));
        }
      }
    }
  }

  private static void assertSame(Run one, Run other) {
    assertSame(one, other, AdamW.Slot::parameter);
    KEPT.forEach(part -> assertSame(one, other, part));
  }

  private static void assertSame(Run one, Run other, Function<AdamW.Slot, NDArray> part) {
    Map<String, float[]> expected = one.values(part);
    other.values(part).forEach((name, v) -> assertThat(v).as(name).isEqualTo(expected.get(name)));
  }

  @Test
  void restore_fromAnotherNetworksValues_isRefused() {
    Weights other = RandomWeights.of(Networks.LARGE, 1);
    try (Run run = new Run(START)) {
      assertThatThrownBy(() -> run.optimizer.restore(AdamW.Slot::average, other::tensor))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageMatching("the training state holds \\[.*] for '.*'; the network needs .*");
    }
  }

  @Test
  void step_manyTimes_leavesNoArraysBehind() {
    try (Run run = new Run(START)) {
      int parameters = run.optimizer.slots().size();
      NDManager ofNetwork = run.network.manager();
      NDManager ofOptimizer = run.optimizer.slots().get(0).average().getManager();
      int before = ofNetwork.getManagedArrays().size();
      assertThat(ofOptimizer.getManagedArrays()).hasSize(3 * parameters);
      for (int step = 1; step <= 50; step++) {
        run.backward(step, 1);
        run.optimizer.step(step, 0.001, 0, 0.9);
      }
      assertThat(ofNetwork.getManagedArrays()).hasSize(before);
      assertThat(ofOptimizer.getManagedArrays()).hasSize(3 * parameters);
    }
  }
}
