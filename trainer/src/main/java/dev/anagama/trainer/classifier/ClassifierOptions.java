package dev.anagama.trainer.classifier;

import dev.anagama.diffusion.network.Precision;
import dev.anagama.diffusion.schedule.LogSnrRange;
import java.util.List;

/**
 * What classifier to train and how; the same options on the same machine give the same weights.
 *
 * @param dataset name of the data set, for the record
 * @param images to train on in all, repeats counted, at least one batch
 * @param batchSize images a step, 1 to 4096
 * @param learningRate of AdamW at its highest, above 0: it rises over the first tenth of the images
 *     and falls to nothing
 * @param weightDecay of AdamW, at least 0
 * @param network how large
 * @param logSnrRange levels to train on; a checkpoint's must lie inside it
 * @param precision arithmetic of the network, float32 or bfloat16; parameters are float32 in any
 *     case
 * @param seed of weights, order, levels, noise and shifts
 */
public record ClassifierOptions(
    String dataset,
    long images,
    int batchSize,
    double learningRate,
    double weightDecay,
    Size network,
    LogSnrRange logSnrRange,
    Precision precision,
    long seed) {

  /**
   * The classifier's size; channels of the image and number of classes come from the data.
   *
   * @param patchSize pixels folded into channels on the way in, 1 or 2
   * @param channelsPerLevel channels at each resolution, finest first
   * @param blocksPerLevel residual blocks at each resolution
   * @param poolHeads heads of the pooling
   * @param embeddingChannels width of the embedding of log-SNR
   */
  public record Size(
      int patchSize,
      List<Integer> channelsPerLevel,
      List<Integer> blocksPerLevel,
      int poolHeads,
      int embeddingChannels) {}

  /**
   * Checks every field.
   *
   * @throws IllegalArgumentException naming the option, its value and what is allowed
   */
  public ClassifierOptions {
    require(images >= batchSize, "images", images, "at least the batch size, " + batchSize);
    require(batchSize >= 1 && batchSize <= 4096, "batch-size", batchSize, "1 to 4096");
    require(learningRate > 0 && learningRate <= 1, "learning-rate", learningRate, "above 0, to 1");
    require(weightDecay >= 0 && weightDecay <= 1, "weight-decay", weightDecay, "0 to 1");
    require(precision != Precision.FLOAT16, "precision", precision.label(), "float32 or bfloat16");
  }

  /** For Fashion-MNIST, in some minutes; a start for other small images. */
  public static ClassifierOptions fashionMnist() {
    return new ClassifierOptions(
        "Fashion-MNIST",
        300_000,
        64,
        2e-3,
        0.05,
        new Size(2, List.of(32, 64), List.of(1, 2), 4, 64),
        LogSnrRange.DEFAULT,
        Precision.BFLOAT16,
        1);
  }

  private static void require(boolean holds, String option, Object value, String allowed) {
    if (!holds) {
      throw new IllegalArgumentException("%s is %s; allowed: %s".formatted(option, value, allowed));
    }
  }
}
