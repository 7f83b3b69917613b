package dev.anagama.bench;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.anagama.diffusion.checkpoint.Checkpoint;
import dev.anagama.diffusion.checkpoint.ImageShape;
import dev.anagama.diffusion.network.Precision;
import dev.anagama.diffusion.network.TorchDenoiser;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * How many images a second pass through a checkpoint's network once, by precision and batch size:
 * the ceiling of everything that serves it.
 */
public final class NetworkBenchmark {
  private static final int WARM_UP_PASSES = 3;
  private static final double NANOS = 1e9;

  private NetworkBenchmark() {}

  /**
   * What to measure.
   *
   * @param batchSizes rows of a pass, each at least 1
   * @param precisions arithmetic
   * @param secondsPerPoint time spent on each combination, above 0
   */
  public record Plan(List<Integer> batchSizes, List<Precision> precisions, double secondsPerPoint) {
    /** Checks the ranges and keeps its own lists. */
    public Plan {
      batchSizes = List.copyOf(batchSizes);
      precisions = List.copyOf(precisions);
      if (batchSizes.stream().anyMatch(size -> size < 1) || !(secondsPerPoint > 0)) {
        throw new IllegalArgumentException(
            "batches of %s rows for %s s; allowed: at least 1, above 0"
                .formatted(batchSizes, secondsPerPoint));
      }
    }
  }

  /**
   * Measures every combination; keys are {@code network.<precision>.batch_<n>.images_per_second},
   * and {@code network.best_precision_ratio} is the best bfloat16 rate over the best float32 rate
   * where both were measured.
   *
   * @param nanoClock a clock that only goes forward, in nanoseconds
   * @param progress hears each point as a line of text
   */
  public static BenchmarkReport run(
      Checkpoint checkpoint,
      Device device,
      Plan plan,
      LongSupplier nanoClock,
      Consumer<String> progress) {
    Map<String, Double> results = new LinkedHashMap<>();
    Map<Precision, Double> best = new LinkedHashMap<>();
    for (Precision precision : plan.precisions()) {
      try (TorchDenoiser denoiser = checkpoint.open(device, precision)) {
        for (int batchSize : plan.batchSizes()) {
          double rate =
              imagesPerSecond(
                  denoiser, checkpoint, device, batchSize, plan.secondsPerPoint(), nanoClock);
          String key =
              "network.%s.batch_%d.images_per_second".formatted(precision.label(), batchSize);
          results.put(key, rate);
          best.merge(precision, rate, Math::max);
          progress.accept("%s: %.0f".formatted(key, rate));
        }
      }
    }
    Double float32 = best.get(Precision.FLOAT32);
    Double bfloat16 = best.get(Precision.BFLOAT16);
    if (float32 != null && bfloat16 != null) {
      results.put("network.best_precision_ratio", bfloat16 / float32);
    }
    return new BenchmarkReport("network", Machine.describe(device), results);
  }

  private static double imagesPerSecond(
      TorchDenoiser denoiser,
      Checkpoint checkpoint,
      Device device,
      int batchSize,
      double seconds,
      LongSupplier nanoClock) {
    ImageShape image = checkpoint.manifest().image();
    try (NDManager manager = NDManager.newBaseManager(device)) {
      NDArray z =
          manager.randomNormal(
              new Shape(batchSize, image.channels(), image.height(), image.width()));
      NDArray logSnr = manager.zeros(new Shape(batchSize));
      NDArray condition = manager.zeros(new Shape(batchSize), DataType.INT64);
      for (int pass = 0; pass < WARM_UP_PASSES; pass++) {
        denoiser.predictNoise(z, logSnr, condition).close();
      }
      long passes = 0;
      long start = nanoClock.getAsLong();
      double elapsed;
      do {
        try (NDArray eps = denoiser.predictNoise(z, logSnr, condition)) {
          // Reading one number waits for the device, which may run ahead of us otherwise.
          eps.getFloat(0, 0, 0, 0);
        }
        passes++;
        elapsed = (nanoClock.getAsLong() - start) / NANOS;
      } while (elapsed < seconds);
      return passes * batchSize / elapsed;
    }
  }
}
