package dev.anagama.bench.training;

import ai.djl.Device;
import dev.anagama.bench.BenchmarkReport;
import dev.anagama.bench.Machine;
import dev.anagama.bench.PythonProcess;
import dev.anagama.bench.Quantiles;
import dev.anagama.diffusion.network.Precision;
import dev.anagama.trainer.training.StepTimes;
import dev.anagama.trainer.training.TrainingLoop;
import dev.anagama.trainer.training.TrainingOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * Steps of joint training against the same steps in eager Python, in turns; a ratio is the median
 * over the turns of the ratios within a turn.
 */
public final class TrainingBenchmark {
  /** Steps before the first turn, whose losses must be those of the peer. */
  private static final int CHECKED_STEPS = 12;

  private static final int WARM_UP_STEPS = 12;

  private TrainingBenchmark() {}

  /**
   * What to measure.
   *
   * @param turns how often everything is measured, at least 1
   * @param windowSeconds length of each measurement, above 0
   * @param peer script of the Python loop
   * @param pythons programs to run it by; the first that imports torch does
   */
  public record Plan(int turns, double windowSeconds, Path peer, List<String> pythons) {
    /** Checks the ranges and keeps its own list. */
    public Plan {
      if (turns < 1 || !(windowSeconds > 0)) {
        throw new IllegalArgumentException(
            "%d turns of %s s; allowed: at least 1, above 0".formatted(turns, windowSeconds));
      }
      pythons = List.copyOf(pythons);
    }
  }

  /** The figures of a turn: rates, and seconds of a step by its parts. */
  private record Turn(
      double images, double pythonImages, double data, double gradient, double optimizer) {}

  /**
   * Measures; keys are {@code training.*}. Those that need Python are left out where there is none.
   *
   * @param recipe what to train and how; how long, and when it is saved, makes no difference
   * @param work folder for what is written meanwhile
   * @param progress hears a line now and then
   */
  public static BenchmarkReport run(
      TrainingOptions recipe,
      TrainingImages data,
      Path work,
      Device device,
      Plan plan,
      Clock clock,
      Consumer<String> progress)
      throws IOException, InterruptedException {
    TrainingOptions options = atFullRate(recipe);
    List<Turn> turns = new ArrayList<>();
    Map<String, String> machine =
        new LinkedHashMap<>(Machine.describe(device, options.precision()));
    machine.put("data", data.name());
    try (TrainingLoop loop = new TrainingLoop(options, data.images(), work, device, clock);
        @Nullable PythonTraining python = python(options, data, work, device, plan, progress)) {
      List<Double> losses = new ArrayList<>();
      for (int step = 0; step < CHECKED_STEPS; step++) {
        losses.add(loop.step());
      }
      if (python != null) {
        machine.put("python_peer", python.description());
        double error = relativeError(losses, python.losses(CHECKED_STEPS));
        requireSame(error, options.precision());
        progress.accept(
            "Python peer: %s; relative difference of its losses %.1e"
                .formatted(python.description(), error));
      }
      for (int step = 0; step < WARM_UP_STEPS; step++) {
        var unused = loop.step();
      }
      for (int turn = 1; turn <= plan.turns(); turn++) {
        Turn measured = turn(options, loop, python, plan.windowSeconds(), clock);
        turns.add(measured);
        progress.accept(
            "turn %d of %d: %.0f images/s".formatted(turn, plan.turns(), measured.images())
                + (python == null ? "" : ", Python %.0f".formatted(measured.pythonImages())));
      }
      return new BenchmarkReport("training", machine, results(options, turns, python != null));
    }
  }

  /** Without the warm-up of the learning rate, so that the first steps move the weights. */
  private static TrainingOptions atFullRate(TrainingOptions recipe) {
    return recipe.with(recipe.optimisation().withoutWarmUp());
  }

  private static Turn turn(
      TrainingOptions options,
      TrainingLoop loop,
      @Nullable PythonTraining python,
      double seconds,
      Clock clock)
      throws IOException, InterruptedException {
    var unused = loop.step(); // What has rested meanwhile is warm again.
    StepTimes started = loop.times();
    long startMillis = clock.millis();
    int steps = 0;
    do {
      unused = loop.step();
      steps++;
    } while (clock.millis() - startMillis < seconds * 1000);
    StepTimes spent = loop.times().since(started);
    return new Turn(
        steps * options.optimisation().batchSize() / spent.seconds(),
        python == null ? 0 : python.imagesPerSecond(seconds),
        perStep(spent.data(), steps),
        perStep(spent.gradient(), steps),
        perStep(spent.optimizer(), steps));
  }

  private static double perStep(Duration spent, int steps) {
    return spent.toNanos() / 1e9 / steps;
  }

  private static @Nullable PythonTraining python(
      TrainingOptions options,
      TrainingImages data,
      Path work,
      Device device,
      Plan plan,
      Consumer<String> progress)
      throws IOException, InterruptedException {
    Optional<String> program = PythonProcess.withTorch(plan.pythons());
    if (program.isEmpty()) {
      progress.accept(
          "no training.vs_python: none of %s imports torch; --python names another"
              .formatted(plan.pythons()));
      return null;
    }
    return PythonTraining.start(
        program.get(),
        plan.peer(),
        work.resolve("training.safetensors"),
        options,
        data.images(),
        device);
  }

  /** Largest difference of two losses of the same step, over the first one. */
  static double relativeError(List<Double> losses, List<Double> peers) {
    double largest = 0;
    for (int step = 0; step < losses.size(); step++) {
      largest = Math.max(largest, Math.abs(losses.get(step) - peers.get(step)) / losses.get(step));
    }
    return largest;
  }

  private static void requireSame(double error, Precision precision) {
    double allowed = precision == Precision.FLOAT32 ? 0.01 : 0.1;
    if (!(error <= allowed)) {
      throw new IllegalStateException(
          "the Python peer does not train the same: its losses differ by %.2g, allowed %.2g"
              .formatted(error, allowed));
    }
  }

  private static Map<String, Double> results(
      TrainingOptions options, List<Turn> turns, boolean withPython) {
    Map<String, Double> results = new LinkedHashMap<>();
    results.put("training.batch", (double) options.optimisation().batchSize());
    results.put("training.images_per_second", median(turns, Turn::images));
    if (withPython) {
      results.put("training.python_images_per_second", median(turns, Turn::pythonImages));
      results.put("training.vs_python", median(turns, t -> t.images() / t.pythonImages()));
    }
    results.put("training.seconds_forward_backward", median(turns, Turn::gradient));
    results.put("training.seconds_optimizer", median(turns, Turn::optimizer));
    results.put("training.seconds_data", median(turns, Turn::data));
    return results;
  }

  private static double median(List<Turn> turns, ToDoubleFunction<Turn> figure) {
    return Quantiles.median(turns.stream().mapToDouble(figure).boxed().toList());
  }
}
