package dev.anagama.trainer.evaluation;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/**
 * What {@code evaluation.json} says.
 *
 * @param model name
 * @param version of the checkpoint
 * @param weightsSha256 of the checkpoint
 * @param points one for each guidance weight
 * @param reference the same measurements on real images
 */
public record Evaluation(
    @JsonProperty("model") String model,
    @JsonProperty("version") String version,
    @JsonProperty("weights_sha256") String weightsSha256,
    @JsonProperty("points") List<Point> points,
    @JsonProperty("reference") Reference reference) {

  /**
   * One guidance weight.
   *
   * @param guidanceWeight w, 0 for none
   * @param labelAccuracy share of generated images whose label the classifier finds
   * @param samples images generated, as many of each class
   * @param steps of the sampler
   * @param sampler its name
   * @param seed of the noise; the same noise serves every weight
   */
  public record Point(
      @JsonProperty("guidance_weight") double guidanceWeight,
      @JsonProperty("label_accuracy") double labelAccuracy,
      @JsonProperty("samples") int samples,
      @JsonProperty("steps") int steps,
      @JsonProperty("sampler") String sampler,
      @JsonProperty("seed") long seed) {}

  /**
   * Real images.
   *
   * @param labelAccuracy share of the test images whose label the classifier finds
   * @param samples test images
   */
  public record Reference(
      @JsonProperty("label_accuracy") double labelAccuracy, @JsonProperty("samples") int samples) {}
}
