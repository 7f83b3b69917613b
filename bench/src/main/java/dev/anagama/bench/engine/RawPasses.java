package dev.anagama.bench.engine;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.anagama.diffusion.checkpoint.ImageShape;
import dev.anagama.diffusion.network.IntraOpThreads;
import dev.anagama.diffusion.network.TorchDenoiser;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * Forward passes over full batches and nothing else: the ceiling of whatever serves a network. They
 * are made by a thread like the engine's, on which nothing between passes is shared out.
 */
final class RawPasses {
  private static final double NANOS = 1e9;

  private final ModelUnderTest model;

  RawPasses(ModelUnderTest model) {
    this.model = model;
  }

  /**
   * Rows a second.
   *
   * @param seconds how long, above 0
   */
  double rowsPerSecond(double seconds) throws InterruptedException {
    FutureTask<Double> measured =
        new FutureTask<>(
            () -> {
              IntraOpThreads.limitCaller(1);
              return measure(seconds);
            });
    Thread thread = new Thread(measured, "bench-raw-passes");
    thread.start();
    thread.join();
    try {
      return measured.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("forward passes have failed: " + e.getCause(), e);
    }
  }

  private double measure(double seconds) {
    ImageShape image = model.manifest().image();
    int rows = model.rowLimit();
    try (NDManager manager = NDManager.newBaseManager(model.device())) {
      NDArray z =
          manager.randomNormal(new Shape(rows, image.channels(), image.height(), image.width()));
      NDArray logSnr = manager.zeros(new Shape(rows));
      NDArray condition = manager.zeros(new Shape(rows), DataType.INT64);
      pass(z, logSnr, condition);
      long startNanos = System.nanoTime();
      long passes = 0;
      double elapsed;
      do {
        pass(z, logSnr, condition);
        passes++;
        elapsed = (System.nanoTime() - startNanos) / NANOS;
      } while (elapsed < seconds);
      return passes * rows / elapsed;
    }
  }

  private void pass(NDArray z, NDArray logSnr, NDArray condition) {
    TorchDenoiser denoiser = model.denoiser();
    try (NDArray eps = denoiser.predictNoise(z, logSnr, condition)) {
      // Reading one number waits for the device, which may run ahead of us otherwise.
      eps.getFloat(0, 0, 0, 0);
    }
  }
}
