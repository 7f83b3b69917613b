package dev.anagama.bench.engine;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.anagama.bench.BenchJob;
import dev.anagama.diffusion.checkpoint.CheckpointManifest;
import dev.anagama.diffusion.checkpoint.ImageShape;
import dev.anagama.diffusion.guidance.ClassifierFreeGuidance;
import dev.anagama.diffusion.guidance.Guidance;
import dev.anagama.diffusion.guidance.GuidanceInterval;
import dev.anagama.diffusion.network.IntraOpThreads;
import dev.anagama.diffusion.sampler.DdimSampler;
import dev.anagama.diffusion.sampler.DenoisingLoop;
import dev.anagama.diffusion.sampler.GuidedImage;
import dev.anagama.diffusion.sampler.NoiseStream;
import dev.anagama.diffusion.schedule.CosineSchedule;
import dev.anagama.diffusion.schedule.StepGrid;
import dev.anagama.v1.Provenance;
import dev.anagama.worker.publish.FinishedJob;
import dev.anagama.worker.publish.TakenJob;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How jobs are batched where none may join a running batch: take all that wait for the same
 * schedule as the oldest, as many as a pass holds, take them through all their steps, look again.
 * The network, the rows of a pass and the loop are the same as the engine's.
 */
final class WholeBatches implements AutoCloseable {
  private static final long CLOSE_MILLIS = 60_000;
  private static final int ROWS_OF_A_GUIDED_IMAGE = 2;

  private final ModelUnderTest model;
  private final ClassifierFreeGuidance guided;
  private final Consumer<FinishedJob> publisher;
  private final Object lock = new Object();
  private final List<Waiting> waiting = new ArrayList<>();
  private final Thread thread;
  private boolean stopping;
  private volatile @Nullable Throwable failure;

  private record Waiting(TakenJob taken, BenchJob job) {}

  /**
   * Starts the one thread.
   *
   * @param publisher takes what is finished, on that thread
   */
  WholeBatches(ModelUnderTest model, Consumer<FinishedJob> publisher) {
    this.model = model;
    this.guided = new ClassifierFreeGuidance(model.denoiser(), model.manifest().nullCondition());
    this.publisher = publisher;
    this.thread = new Thread(this::run, "bench-whole-batches");
    this.thread.start();
  }

  void offer(TakenJob taken, BenchJob job) {
    synchronized (lock) {
      waiting.add(new Waiting(taken, job));
      lock.notifyAll();
    }
  }

  Optional<Throwable> failure() {
    return Optional.ofNullable(failure);
  }

  /** Stops after the batch at hand. */
  @Override
  public void close() {
    synchronized (lock) {
      stopping = true;
      lock.notifyAll();
    }
    try {
      thread.join(CLOSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    try {
      // As the engine's thread does.
      IntraOpThreads.limitCaller(1);
      for (List<Waiting> batch = next(); !batch.isEmpty(); batch = next()) {
        generate(batch);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException | Error e) {
      failure = e;
    }
  }

  /** The next batch; empty when it is to stop. */
  private List<Waiting> next() throws InterruptedException {
    synchronized (lock) {
      while (waiting.isEmpty() && !stopping) {
        lock.wait();
      }
      List<Waiting> batch = new ArrayList<>();
      if (stopping) {
        return batch;
      }
      int steps = waiting.get(0).job().steps();
      int most = Math.max(1, model.rowLimit() / ROWS_OF_A_GUIDED_IMAGE);
      for (Iterator<Waiting> all = waiting.iterator(); all.hasNext() && batch.size() < most; ) {
        Waiting candidate = all.next();
        if (candidate.job().steps() == steps) {
          batch.add(candidate);
          all.remove();
        }
      }
      return batch;
    }
  }

  private void generate(List<Waiting> batch) {
    CheckpointManifest manifest = model.manifest();
    ImageShape image = manifest.image();
    StepGrid grid =
        StepGrid.uniform(new CosineSchedule(manifest.logSnrRange()), batch.get(0).job().steps());
    DenoisingLoop loop = new DenoisingLoop(guided, new DdimSampler().steps(grid), true);
    List<GuidedImage> images = batch.stream().map(each -> image(each.job())).toList();
    Instant startedAt = Instant.now();
    float[] pixels;
    try (NDManager manager = NDManager.newBaseManager(model.device())) {
      Shape shape = new Shape(image.channels(), image.height(), image.width());
      NDArray made = loop.sample(manager, images, shape, (step, steps) -> {});
      pixels = made.toFloatArray();
    }
    int size = pixels.length / batch.size();
    for (int i = 0; i < batch.size(); i++) {
      publisher.accept(
          new FinishedJob.Generated(
              batch.get(i).taken(),
              startedAt,
              Provenance.getDefaultInstance(),
              image,
              List.of(Arrays.copyOfRange(pixels, i * size, (i + 1) * size))));
    }
  }

  private static GuidedImage image(BenchJob job) {
    return new GuidedImage(
        job.classLabel(),
        new Guidance(job.guidanceScale() - 1, GuidanceInterval.ALWAYS),
        new NoiseStream(job.seed(), 0));
  }
}
