package dev.anagama.trainer.training;

import dev.anagama.diffusion.checkpoint.SamplingDefaults;
import dev.anagama.diffusion.network.AdamW;
import dev.anagama.diffusion.network.Precision;
import dev.anagama.diffusion.schedule.LogSnrRange;
import dev.anagama.diffusion.schedule.PredictionTarget;
import java.util.List;

/**
 * What to train and how; a run with the same options on the same machine gives the same weights.
 *
 * @param subject what is learnt, and from what
 * @param network how large, and of which form
 * @param objective what the network learns to predict, at which levels
 * @param optimisation how its weights move
 * @param run how long, and from which seed
 * @param precision arithmetic of the network, float32 or bfloat16: in float16 gradients would
 *     vanish; parameters are float32 in any case
 * @param defaults what the checkpoint recommends for sampling
 */
public record TrainingOptions(
    Subject subject,
    NetworkSize network,
    Objective objective,
    Optimisation optimisation,
    Run run,
    Precision precision,
    SamplingDefaults defaults) {

  /**
   * What is learnt, and from what.
   *
   * @param model name of the model
   * @param dataset name of the data set, for the record
   * @param classNames names by label
   */
  public record Subject(String model, String dataset, List<String> classNames) {
    /** Keeps its own list. */
    public Subject {
      classNames = List.copyOf(classNames);
    }
  }

  /**
   * What the network learns: Algorithm 1.
   *
   * @param unconditionalProbability p_uncond, in [0, 1)
   * @param logSnrRange levels to train on
   * @param prediction what the network predicts; the loss is the unweighted squared error of that,
   *     so the choice also weights the levels ({@code docs/notation.md})
   */
  public record Objective(
      double unconditionalProbability, LogSnrRange logSnrRange, PredictionTarget prediction) {
    /** Checks the range. */
    public Objective {
      require(
          unconditionalProbability >= 0 && unconditionalProbability < 1,
          "p-uncond",
          unconditionalProbability,
          "0 up to, not including, 1");
    }
  }

  /**
   * How the weights move: AdamW, and the average of them that is served.
   *
   * @param batchSize images a step, 1 to 4096
   * @param learningRate after warm-up, above 0
   * @param warmUpImages images over which the learning rate rises linearly from 0
   * @param weightDecay at least 0
   * @param beta2 decay of the second moment, in [0, 1)
   * @param maxGradientNorm norm over all gradients above which they are scaled down to it; 0 for no
   *     limit
   * @param emaHalfLifeImages half-life of the weights' average, in images; early on it is a
   *     twentieth of the images seen, if that is less
   */
  public record Optimisation(
      int batchSize,
      double learningRate,
      long warmUpImages,
      double weightDecay,
      double beta2,
      double maxGradientNorm,
      double emaHalfLifeImages) {
    /** Checks the ranges. */
    public Optimisation {
      require(batchSize >= 1 && batchSize <= 4096, "batch-size", batchSize, "1 to 4096");
      require(
          learningRate > 0 && learningRate <= 1, "learning-rate", learningRate, "above 0, to 1");
      require(warmUpImages >= 0, "warm-up-images", warmUpImages, "at least 0");
      require(weightDecay >= 0 && weightDecay <= 1, "weight-decay", weightDecay, "0 to 1");
      require(beta2 >= 0 && beta2 < 1, "beta2", beta2, "0 up to, not including, 1");
      require(
          maxGradientNorm >= 0 && Double.isFinite(maxGradientNorm),
          "max-gradient-norm",
          maxGradientNorm,
          "above 0, or 0 for no limit");
      require(emaHalfLifeImages > 0, "ema-half-life-images", emaHalfLifeImages, "above 0");
    }

    /** With the project's beta2 and limit of the gradient, which suit short runs. */
    public Optimisation(
        int batchSize,
        double learningRate,
        long warmUpImages,
        double weightDecay,
        double emaHalfLifeImages) {
      this(
          batchSize,
          learningRate,
          warmUpImages,
          weightDecay,
          AdamW.BETA2,
          AdamW.MAX_GRADIENT_NORM,
          emaHalfLifeImages);
    }

    /** The same at another batch size. */
    public Optimisation withBatchSize(int images) {
      return new Optimisation(
          images,
          learningRate,
          warmUpImages,
          weightDecay,
          beta2,
          maxGradientNorm,
          emaHalfLifeImages);
    }

    /** The same at another learning rate. */
    public Optimisation withLearningRate(double rate) {
      return new Optimisation(
          batchSize, rate, warmUpImages, weightDecay, beta2, maxGradientNorm, emaHalfLifeImages);
    }

    /** The same at the full learning rate from the first step. */
    public Optimisation withoutWarmUp() {
      return new Optimisation(
          batchSize, learningRate, 0, weightDecay, beta2, maxGradientNorm, emaHalfLifeImages);
    }
  }

  /**
   * How long, and from which seed.
   *
   * @param images to train on in all, repeats counted, at least one batch
   * @param saveEveryImages images between two savings of the training state
   * @param seed of weights, order, levels, noise and dropout
   */
  public record Run(long images, long saveEveryImages, long seed) {
    /** Checks the range. */
    public Run {
      require(saveEveryImages >= 1, "save-every-images", saveEveryImages, "at least 1");
    }
  }

  /** Checks what the parts must agree on. */
  public TrainingOptions {
    require(
        run.images() >= optimisation.batchSize(),
        "images",
        run.images(),
        "at least the batch size, " + optimisation.batchSize());
    require(precision != Precision.FLOAT16, "precision", precision.label(), "float32 or bfloat16");
  }

  /** The same for another subject. */
  public TrainingOptions with(Subject other) {
    return new TrainingOptions(other, network, objective, optimisation, run, precision, defaults);
  }

  /** The same with another network. */
  public TrainingOptions with(NetworkSize other) {
    return new TrainingOptions(subject, other, objective, optimisation, run, precision, defaults);
  }

  /** The same with another objective. */
  public TrainingOptions with(Objective other) {
    return new TrainingOptions(subject, network, other, optimisation, run, precision, defaults);
  }

  /** The same with another optimisation. */
  public TrainingOptions with(Optimisation other) {
    return new TrainingOptions(subject, network, objective, other, run, precision, defaults);
  }

  /** The same for another length or seed. */
  public TrainingOptions with(Run other) {
    return new TrainingOptions(
        subject, network, objective, optimisation, other, precision, defaults);
  }

  private static void require(boolean holds, String option, Object value, String allowed) {
    if (!holds) {
      throw new IllegalArgumentException("%s is %s; allowed: %s".formatted(option, value, allowed));
    }
  }
}
