package dev.anagama.bench.engine;

import dev.anagama.bench.BenchmarkReport;
import dev.anagama.bench.Machine;
import dev.anagama.bench.PythonProcess;
import dev.anagama.bench.Quantiles;
import dev.anagama.diffusion.checkpoint.ImageShape;
import dev.anagama.diffusion.checkpoint.NetworkSource;
import dev.anagama.diffusion.checkpoint.SamplingDefaults;
import dev.anagama.diffusion.network.NetworkArithmetic;
import dev.anagama.diffusion.schedule.StepGrid;
import dev.anagama.v1.GuidanceInterval;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * The engine at full load against what its network allows, what its processor allows, and what a
 * Python loop does. What is compared is measured in turns, and a ratio is the median over the turns
 * of the ratios within a turn; but what the processor allows is the best of all turns.
 */
public final class EngineBenchmark {
  /** Share of the steps with guidance, for the saving of an interval. */
  private static final double GUIDED_SHARE = 0.4;

  /** Time for the matrix product in each turn, as a share of a window. */
  private static final double PEAK_SHARE = 0.25;

  private EngineBenchmark() {}

  /**
   * What to measure.
   *
   * @param turns how often everything is measured, at least 1
   * @param windowSeconds length of each measurement, above 0
   * @param warmUpSeconds of load for the engine before the first turn, at least 0: while Java
   *     compiles what is in use, its compiler takes processor time from the engine
   * @param peer script of the Python loop
   * @param pythons programs to run it by; the first that imports torch does
   */
  public record Plan(
      int turns, double windowSeconds, double warmUpSeconds, Path peer, List<String> pythons) {
    /** Checks the ranges and keeps its own list. */
    public Plan {
      if (turns < 1 || !(windowSeconds > 0) || !(warmUpSeconds >= 0)) {
        throw new IllegalArgumentException(
            "%d turns of %s s after a warm-up of %s s; allowed: at least 1, above 0, at least 0"
                .formatted(turns, windowSeconds, warmUpSeconds));
      }
      pythons = List.copyOf(pythons);
    }
  }

  /** The figures of a turn. */
  private record Turn(
      double rawRows, double fullRows, double intervalRows, double peak, double pythonImages) {}

  /**
   * Measures; keys are {@code engine.*}. Those that need Python are left out where there is none.
   *
   * @param work folder for what is stored meanwhile
   * @param progress hears a line now and then
   */
  public static BenchmarkReport run(
      ModelUnderTest model, Path work, Plan plan, Clock clock, Consumer<String> progress)
      throws IOException, InterruptedException {
    List<Turn> turns = new ArrayList<>();
    Map<String, Double> results = new LinkedHashMap<>();
    try (LocalEngine engine = LocalEngine.start(model, work.resolve("store"), clock);
        MatrixPeak peak = new MatrixPeak(model.device(), model.precision());
        @Nullable PythonPeer python = python(model, work, plan, progress)) {
      FullLoad load = new FullLoad(engine);
      RawPasses raw = new RawPasses(model);
      progress.accept("warming up the engine for %.0f s".formatted(plan.warmUpSeconds()));
      double eachSeconds = plan.warmUpSeconds() / 2;
      var unused = load.rowsPerSecond(model.shippedJobs(Optional.empty()), eachSeconds);
      var unusedToo =
          load.rowsPerSecond(model.shippedJobs(Optional.of(interval(model))), eachSeconds);
      for (int turn = 1; turn <= plan.turns(); turn++) {
        Turn measured = turn(model, plan.windowSeconds(), raw, load, peak, python);
        turns.add(measured);
        progress.accept(
            "turn %d of %d: raw %.0f rows/s, engine %.0f rows/s, with interval %.0f rows/s"
                    .formatted(
                        turn,
                        plan.turns(),
                        measured.rawRows(),
                        measured.fullRows(),
                        measured.intervalRows())
                + (python == null
                    ? ""
                    : ", Python %.1f images/s".formatted(measured.pythonImages())));
      }
      results(model, turns, python, results);
      Map<String, String> machine =
          new LinkedHashMap<>(Machine.describe(model.device(), model.precision()));
      if (python != null) {
        machine.put("python_peer", python.description());
      }
      return new BenchmarkReport("engine", machine, results);
    }
  }

  private static Turn turn(
      ModelUnderTest model,
      double seconds,
      RawPasses raw,
      FullLoad load,
      MatrixPeak peak,
      @Nullable PythonPeer python)
      throws IOException, InterruptedException {
    double operations = peak.operationsPerSecond(PEAK_SHARE * seconds);
    double rawRows = raw.rowsPerSecond(seconds);
    double full = load.rowsPerSecond(model.shippedJobs(Optional.empty()), seconds);
    double rawAgain = raw.rowsPerSecond(seconds);
    double interval = load.rowsPerSecond(model.shippedJobs(Optional.of(interval(model))), seconds);
    double images = python == null ? 0 : python.imagesPerSecond(seconds);
    // The engine's window stands between two raw ones, so that a drift of the machine cancels.
    return new Turn((rawRows + rawAgain) / 2, full, interval, operations, images);
  }

  private static @Nullable PythonPeer python(
      ModelUnderTest model, Path work, Plan plan, Consumer<String> progress)
      throws IOException, InterruptedException {
    Optional<String> program = PythonProcess.withTorch(plan.pythons());
    if (program.isEmpty()) {
      progress.accept(
          "no engine.vs_python: none of %s imports torch; --python names another"
              .formatted(plan.pythons()));
      return null;
    }
    PythonPeer peer = PythonPeer.start(program.get(), plan.peer(), model);
    try {
      double error = peer.relativeError(model, work.resolve("rows.safetensors"));
      if (!(error <= PythonPeer.tolerance(model.precision()))) {
        throw new IllegalStateException(
            "the Python peer predicts another noise: relative error %.2g, allowed %.2g"
                .formatted(error, PythonPeer.tolerance(model.precision())));
      }
      progress.accept(
          "Python peer: %s; relative difference of its prediction %.1e"
              .formatted(peer.description(), error));
      return peer;
    } catch (IOException | InterruptedException | RuntimeException e) {
      peer.close();
      throw e;
    }
  }

  private static void results(
      ModelUnderTest model,
      List<Turn> turns,
      @Nullable PythonPeer python,
      Map<String, Double> results) {
    int steps = model.manifest().defaults().numInferenceSteps();
    int fullRows = 2 * steps;
    int intervalRows = steps + guidedSteps(steps);
    results.put("engine.rows", (double) model.rowLimit());
    results.put("engine.lanes", (double) model.denoiser().lanes());
    results.put("engine.raw_rows_per_second", median(turns, Turn::rawRows));
    results.put("engine.efficiency", median(turns, t -> t.fullRows() / t.rawRows()));
    results.put(
        "engine.images_per_second_at_shipped_quality", median(turns, t -> t.fullRows() / fullRows));
    if (python != null) {
      results.put("engine.python_batch", (double) python.batch());
      results.put("engine.python_images_per_second", median(turns, Turn::pythonImages));
      results.put(
          "engine.vs_python", median(turns, t -> t.fullRows() / fullRows / t.pythonImages()));
    }
    double peak = turns.stream().mapToDouble(Turn::peak).max().orElseThrow();
    results.put("engine.matrix_product_tflops", peak / 1e12);
    if (model.manifest().network() instanceof NetworkSource.UNet unet) {
      ImageShape image = model.manifest().image();
      double operations =
          NetworkArithmetic.operationsPerRow(unet.config(), image.height(), image.width());
      results.put("engine.operations_per_row", operations);
      results.put("engine.peak_fraction", median(turns, Turn::fullRows) * operations / peak);
    }
    results.put(
        "engine.interval_saving",
        median(turns, t -> (intervalRows / t.intervalRows()) / (fullRows / t.fullRows())));
  }

  private static double median(List<Turn> turns, ToDoubleFunction<Turn> figure) {
    return Quantiles.median(turns.stream().mapToDouble(figure).boxed().toList());
  }

  static int guidedSteps(int steps) {
    return (int) Math.ceil(GUIDED_SHARE * steps);
  }

  /**
   * Levels in the middle of a run, between which guidance acts in the wanted share of the steps.
   */
  static GuidanceInterval interval(ModelUnderTest model) {
    SamplingDefaults defaults = model.manifest().defaults();
    int steps = defaults.numInferenceSteps();
    StepGrid grid =
        StepGrid.uniform(defaults.schedule().over(model.manifest().logSnrRange()), steps);
    int guided = guidedSteps(steps);
    int first = (steps - guided) / 2;
    int after = first + guided;
    return GuidanceInterval.newBuilder()
        .setMinLogSnr((grid.logSnr(first) + grid.logSnr(first - 1)) / 2)
        .setMaxLogSnr((grid.logSnr(after) + grid.logSnr(after - 1)) / 2)
        .build();
  }
}
