package dev.anagama.trainer.training;

import dev.anagama.diffusion.checkpoint.SamplingDefaults;
import dev.anagama.diffusion.network.Precision;
import dev.anagama.diffusion.schedule.LogSnrRange;
import dev.anagama.diffusion.schedule.PredictionTarget;
import java.util.List;

/**
 * What to train and how; a run with the same options on the same machine gives the same weights.
 *
 * @param model name of the model
 * @param dataset name of the data set, for the record
 * @param classNames names by label
 * @param images images to train on in all, repeats counted, at least one batch
 * @param batchSize images a step, 1 to 4096
 * @param learningRate of AdamW after warm-up, above 0
 * @param weightDecay of AdamW, at least 0
 * @param warmUpImages images over which the learning rate rises linearly from 0
 * @param unconditionalProbability p_uncond of Algorithm 1, in [0, 1)
 * @param emaHalfLifeImages half-life of the weights' average, in images; early on it is a twentieth
 *     of the images seen, if that is less
 * @param saveEveryImages images between two savings of the training state
 * @param network how large
 * @param logSnrRange levels to train on
 * @param precision arithmetic of the network, float32 or bfloat16: in float16 gradients would
 *     vanish; parameters are float32 in any case
 * @param prediction what the network learns to predict; the loss is the unweighted squared error of
 *     that, so the choice also weights the levels ({@code docs/notation.md})
 * @param defaults what the checkpoint recommends for sampling
 * @param seed of weights, order, levels and noise
 */
public record TrainingOptions(
    String model,
    String dataset,
    List<String> classNames,
    long images,
    int batchSize,
    double learningRate,
    double weightDecay,
    long warmUpImages,
    double unconditionalProbability,
    double emaHalfLifeImages,
    long saveEveryImages,
    NetworkSize network,
    LogSnrRange logSnrRange,
    Precision precision,
    PredictionTarget prediction,
    SamplingDefaults defaults,
    long seed) {

  /**
   * The U-Net's size; channels of the image and number of classes come from the data.
   *
   * @param channelsPerLevel channels at each resolution, finest first
   * @param blocksPerLevel residual blocks at each resolution but the coarsest
   * @param middleBlocks residual blocks at the coarsest resolution
   * @param attentionHeads heads of the attention there, 0 for none
   * @param embeddingChannels width of the embedding
   */
  public record NetworkSize(
      List<Integer> channelsPerLevel,
      List<Integer> blocksPerLevel,
      int middleBlocks,
      int attentionHeads,
      int embeddingChannels) {}

  public TrainingOptions {
    require(images >= batchSize, "images", images, "at least the batch size, " + batchSize);
    require(batchSize >= 1 && batchSize <= 4096, "batch-size", batchSize, "1 to 4096");
    require(learningRate > 0 && learningRate <= 1, "learning-rate", learningRate, "above 0, to 1");
    require(weightDecay >= 0 && weightDecay <= 1, "weight-decay", weightDecay, "0 to 1");
    require(warmUpImages >= 0, "warm-up-images", warmUpImages, "at least 0");
    require(
        unconditionalProbability >= 0 && unconditionalProbability < 1,
        "p-uncond",
        unconditionalProbability,
        "0 up to, not including, 1");
    require(emaHalfLifeImages > 0, "ema-half-life-images", emaHalfLifeImages, "above 0");
    require(saveEveryImages >= 1, "save-every-images", saveEveryImages, "at least 1");
    require(precision != Precision.FLOAT16, "precision", precision.label(), "float32 or bfloat16");
    classNames = List.copyOf(classNames);
  }

  /** The recipe of the shipped checkpoint. */
  public static TrainingOptions fashionMnist() {
    return new TrainingOptions(
        "fashion-mnist",
        "Fashion-MNIST",
        List.of(
            "t-shirt",
            "trouser",
            "pullover",
            "dress",
            "coat",
            "sandal",
            "shirt",
            "sneaker",
            "bag",
            "ankle boot"),
        3_000_000,
        64,
        2e-3,
        0.01,
        32_000,
        0.1,
        100_000,
        60_000,
        new NetworkSize(List.of(32, 64, 128), List.of(1, 1), 2, 0, 128),
        LogSnrRange.DEFAULT,
        Precision.BFLOAT16,
        PredictionTarget.NOISE,
        new SamplingDefaults(32, 2.0, "ddim"),
        1);
  }

  /** The same for another number of images. */
  public TrainingOptions withImages(long count) {
    return new TrainingOptions(
        model,
        dataset,
        classNames,
        count,
        batchSize,
        learningRate,
        weightDecay,
        warmUpImages,
        unconditionalProbability,
        emaHalfLifeImages,
        saveEveryImages,
        network,
        logSnrRange,
        precision,
        prediction,
        defaults,
        seed);
  }

  /** The same for another prediction. */
  public TrainingOptions withPrediction(PredictionTarget target) {
    return new TrainingOptions(
        model,
        dataset,
        classNames,
        images,
        batchSize,
        learningRate,
        weightDecay,
        warmUpImages,
        unconditionalProbability,
        emaHalfLifeImages,
        saveEveryImages,
        network,
        logSnrRange,
        precision,
        target,
        defaults,
        seed);
  }

  /** The same in another precision. */
  public TrainingOptions withPrecision(Precision other) {
    return new TrainingOptions(
        model,
        dataset,
        classNames,
        images,
        batchSize,
        learningRate,
        weightDecay,
        warmUpImages,
        unconditionalProbability,
        emaHalfLifeImages,
        saveEveryImages,
        network,
        logSnrRange,
        other,
        prediction,
        defaults,
        seed);
  }

  private static void require(boolean holds, String option, Object value, String allowed) {
    if (!holds) {
      throw new IllegalArgumentException("%s is %s; allowed: %s".formatted(option, value, allowed));
    }
  }
}
