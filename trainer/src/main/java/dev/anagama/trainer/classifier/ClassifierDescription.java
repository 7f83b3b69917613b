package dev.anagama.trainer.classifier;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.anagama.diffusion.checkpoint.CheckpointManifest;
import dev.anagama.diffusion.checkpoint.ImageShape;
import dev.anagama.diffusion.network.ClassifierConfig;
import dev.anagama.diffusion.network.Precision;
import dev.anagama.diffusion.schedule.LogSnrRange;
import dev.anagama.trainer.data.DataException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * How a classifier is built, how it was trained, and what it reaches. It stands in the header of
 * its file as JSON, under {@value #KEY}.
 *
 * @param network its shape
 * @param image size of the images that it looks at
 * @param logSnrRange levels that it was trained on
 * @param dataset name of the data set
 * @param images that it was trained on, repeats counted
 * @param batchSize images a step
 * @param learningRate of AdamW at its highest
 * @param weightDecay of AdamW
 * @param precision of the arithmetic in training
 * @param seed of weights, order, levels, noise and shifts
 * @param testImages real images that {@code accuracy} is measured on, each at every level
 * @param accuracy by level, noisiest first
 */
public record ClassifierDescription(
    ClassifierConfig network,
    ImageShape image,
    LogSnrRange logSnrRange,
    String dataset,
    long images,
    int batchSize,
    double learningRate,
    double weightDecay,
    Precision precision,
    long seed,
    int testImages,
    List<AtLevel> accuracy) {

  /** Where it stands in the file's metadata. */
  static final String KEY = "noise_aware_classifier";

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
          .build();

  /**
   * What it reaches at one level.
   *
   * @param logSnr the level
   * @param labelAccuracy share of noisy test images whose likeliest class is theirs, 0 to 1
   */
  public record AtLevel(double logSnr, double labelAccuracy) {}

  public ClassifierDescription {
    requireFits(network, image);
    accuracy = List.copyOf(accuracy);
  }

  /**
   * Checks that a network can look at images of a size.
   *
   * @throws DataException if it can not
   */
  static void requireFits(ClassifierConfig network, ImageShape image) {
    int multiple = network.sideMultiple();
    if (network.imageChannels() != image.channels()
        || image.height() % multiple != 0
        || image.width() % multiple != 0) {
      throw new DataException(
          "the classifier needs %d channels and sides that are multiples of %d; the images are %s"
              .formatted(network.imageChannels(), multiple, image));
    }
  }

  /**
   * Checks that it can guide a checkpoint.
   *
   * @param file where it was read, for the message
   * @throws DataException naming what does not fit
   */
  void requireGuides(Path file, CheckpointManifest checkpoint) {
    String of =
        "%s does not fit %s %s: it ".formatted(file, checkpoint.model(), checkpoint.version());
    if (!image.equals(checkpoint.image())) {
      throw new DataException(
          of + "looks at images of %s; needed: %s".formatted(image, checkpoint.image()));
    }
    int classes = checkpoint.classNames().size();
    if (network.classes() != classes) {
      throw new DataException(
          of + "tells %d classes apart; needed: %d".formatted(network.classes(), classes));
    }
    LogSnrRange needed = checkpoint.logSnrRange();
    if (!logSnrRange.contains(needed.min()) || !logSnrRange.contains(needed.max())) {
      throw new DataException(
          of
              + "was trained on log-SNR %s to %s; needed: %s to %s"
                  .formatted(logSnrRange.min(), logSnrRange.max(), needed.min(), needed.max()));
    }
  }

  /**
   * Reads what {@link #toMetadata} wrote.
   *
   * @throws DataException if that is not there or not whole
   */
  static ClassifierDescription of(Path file, Map<String, String> metadata) {
    String text = metadata.get(KEY);
    if (text == null) {
      throw new DataException("%s has no %s in its header".formatted(file, KEY));
    }
    try {
      return JSON.readValue(text, ClassifierDescription.class);
    } catch (JsonProcessingException e) {
      throw new DataException(
          "%s does not describe a classifier: %s".formatted(file, e.getOriginalMessage()), e);
    }
  }

  /** For the header of the file. */
  Map<String, String> toMetadata() {
    try {
      return Map.of(KEY, JSON.writeValueAsString(this));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a description can not be written as JSON", e);
    }
  }
}
