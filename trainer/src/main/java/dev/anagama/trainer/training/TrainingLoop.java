package dev.anagama.trainer.training;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.anagama.diffusion.checkpoint.ImageShape;
import dev.anagama.diffusion.network.AdamW;
import dev.anagama.diffusion.network.TrainableDenoiser;
import dev.anagama.diffusion.network.UNet;
import dev.anagama.diffusion.network.UNetConfig;
import dev.anagama.diffusion.network.Weights;
import dev.anagama.diffusion.schedule.LogSnr;
import dev.anagama.trainer.data.ImageSet;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;

/**
 * Joint training with classifier-free guidance: Algorithm 1 of Ho and Salimans (arXiv 2207.12598).
 *
 * <p>One network learns eps(z, c) and eps(z, null), because each image loses its class with
 * probability p_uncond. The loss is the unweighted squared error of the noise (section 2, eq. 5);
 * how much each level counts comes from p(lambda) alone. A network may predict x or v instead, with
 * the unweighted squared error of that.
 */
public final class TrainingLoop implements AutoCloseable {
  /**
   * The average's half-life is at most this share of the images seen, so that it forgets the start.
   */
  private static final double EMA_RAMP_UP = 0.05;

  private final TrainingOptions options;
  private final ImageSet data;
  private final Path folder;
  private final InstantSource clock;
  private final TrainableDenoiser network;
  private final AdamW optimizer;
  private final BatchesAhead batches;
  private final LossHistory losses;
  private long imagesSeen;
  private StepTimes times = StepTimes.NONE;
  private double earlierSeconds;

  /** Starts a run, or goes on with the one whose state is in {@code folder}. */
  public TrainingLoop(
      TrainingOptions options, ImageSet data, Path folder, Device device, InstantSource clock) {
    this.options = options;
    this.data = data;
    this.folder = folder;
    this.clock = clock;
    UNetConfig config = config(options, data.shape());
    Optional<TrainingState> earlier = TrainingState.find(folder, options);
    Weights start =
        earlier
            .map(TrainingState::parameters)
            .orElseGet(() -> UNet.initialWeights(config, options.run().seed()));
    this.network = new TrainableDenoiser(config, start, device, options.precision());
    TrainingOptions.Optimisation moves = options.optimisation();
    this.optimizer =
        new AdamW(network.parameters(), device, moves.beta2(), moves.maxGradientNorm());
    this.losses =
        earlier.map(state -> state.progress().losses()).orElseGet(() -> LossHistory.decode(""));
    try {
      earlier.ifPresent(this::resume);
    } catch (RuntimeException | Error e) {
      optimizer.close();
      network.close();
      throw e;
    }
    this.batches = new BatchesAhead(new BatchSource(data, options));
  }

  /** The U-Net for images of the given shape. */
  public static UNetConfig config(TrainingOptions options, ImageShape shape) {
    return options.network().config(shape.channels(), options.subject().classNames().size());
  }

  /**
   * Trains until all images of the run were seen, saving the state on the way and at the end.
   *
   * @throws IllegalStateException if loss or gradient stop being finite; the state saved last stays
   * @throws IOException if the state can not be saved; the one saved before stays
   */
  public void run(TrainingListener listener) throws IOException {
    long lastSaved = imagesSeen;
    while (imagesSeen < options.run().images()) {
      double loss = step();
      losses.add(imagesSeen, loss);
      listener.stepDone(imagesSeen, options.run().images(), loss);
      boolean done = imagesSeen >= options.run().images();
      if (done) {
        losses.endSpan(imagesSeen);
      }
      if (done || imagesSeen - lastSaved >= options.run().saveEveryImages()) {
        TrainingState.write(
            folder, options, new TrainingState.Progress(imagesSeen, seconds(), losses), optimizer);
        lastSaved = imagesSeen;
        listener.saved(imagesSeen);
      }
    }
  }

  /**
   * One step along the next batch, lines 2 to 7 of Algorithm 1.
   *
   * @return mean loss of the batch, before the step
   * @throws IllegalStateException if loss or gradient are not finite
   * @throws InterruptedIOException if the caller is interrupted while it waits for the batch
   */
  public double step() throws InterruptedIOException {
    Instant started = clock.instant();
    long step = imagesSeen / options.optimisation().batchSize();

    // Lines 2 to 5: (x, c), c dropped with probability p_uncond, lambda ~ p(lambda), eps.
    Batch batch = batches.take(step);
    Instant drawn = clock.instant();

    // Lines 6 and 7: z = alpha x + sigma eps; gradient of || eps_theta(z, c) - eps ||^2, or of the
    // same for x or v, if the network is to predict that.
    double loss = requireFinite("loss", addGradient(batch));
    Instant differentiated = clock.instant();

    // One step of AdamW along the gradient, and the average of the weights moves after it.
    imagesSeen += options.optimisation().batchSize();
    double norm =
        optimizer.step(
            step + 1, learningRate(), options.optimisation().weightDecay(), averageKept());
    requireFinite("gradient's norm", norm);
    times = times.plus(started, drawn, differentiated, clock.instant());
    return loss;
  }

  /** The averaged weights, which are the ones to serve. */
  public Weights averages() {
    return optimizer.read(AdamW.Slot::average);
  }

  /** Mean losses so far. */
  public LossHistory losses() {
    return losses;
  }

  /** Images so far, of earlier sittings too. */
  public long imagesSeen() {
    return imagesSeen;
  }

  /** Time spent in training steps so far, of earlier sittings too. */
  public double seconds() {
    return earlierSeconds + times.seconds();
  }

  /** Where the time of this sitting's steps went. */
  public StepTimes times() {
    return times;
  }

  /** The manager under which every step works. */
  NDManager manager() {
    return network.manager();
  }

  @Override
  public void close() {
    batches.close();
    optimizer.close();
    network.close();
  }

  private double addGradient(Batch batch) {
    int rows = options.optimisation().batchSize();
    ImageShape image = data.shape();
    Shape shape = new Shape(rows, image.channels(), image.height(), image.width());
    float[] alpha = new float[rows];
    float[] sigma = new float[rows];
    float[] logSnr = new float[rows];
    for (int row = 0; row < rows; row++) {
      alpha[row] = (float) LogSnr.alpha(batch.logSnrs()[row]);
      sigma[row] = (float) LogSnr.sigma(batch.logSnrs()[row]);
      logSnr[row] = (float) batch.logSnrs()[row];
    }
    Shape perRow = new Shape(rows, 1, 1, 1);
    try (NDManager scope = network.manager().newSubManager()) {
      NDArray eps = scope.create(batch.eps(), shape);
      NDArray x = scope.create(batch.x(), shape);
      NDArray z = scope.create(alpha, perRow).mul(x).add(scope.create(sigma, perRow).mul(eps));
      NDArray target = options.objective().prediction().of(x, eps, batch.logSnrs());
      return network.addGradient(
          z, scope.create(logSnr), scope.create(batch.conditions()), target, batch.dropoutSeed());
    }
  }

  /** Stops before a state is saved that nothing can come of. */
  private double requireFinite(String what, double value) {
    if (!Double.isFinite(value)) {
      throw new IllegalStateException(
          "the %s became %s after %d images; a smaller --learning-rate may help"
              .formatted(what, value, imagesSeen));
    }
    return value;
  }

  private double learningRate() {
    double ramp =
        options.optimisation().warmUpImages() == 0
            ? 1
            : (double) imagesSeen / options.optimisation().warmUpImages();
    return options.optimisation().learningRate() * Math.min(1, ramp);
  }

  private double averageKept() {
    double halfLifeImages =
        Math.min(options.optimisation().emaHalfLifeImages(), imagesSeen * EMA_RAMP_UP);
    return Math.pow(0.5, options.optimisation().batchSize() / halfLifeImages);
  }

  private void resume(TrainingState earlier) {
    imagesSeen = earlier.progress().imagesSeen();
    earlierSeconds = earlier.progress().seconds();
    earlier.restore(optimizer);
  }
}
