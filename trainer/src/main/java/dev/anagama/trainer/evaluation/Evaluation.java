package dev.anagama.trainer.evaluation;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.anagama.trainer.metric.MeanAndSpread;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * What {@code evaluation.json} says.
 *
 * @param model name
 * @param version of the checkpoint
 * @param weightsSha256 of the checkpoint
 * @param precision arithmetic in which images were made
 * @param features the networks that measured, first and second
 * @param points one for each guidance weight and seed
 * @param summary one for each guidance weight and way of sampling, over its seeds
 * @param reference the same measurements on real images and on noise
 */
public record Evaluation(
    @JsonProperty("model") String model,
    @JsonProperty("version") String version,
    @JsonProperty("weights_sha256") String weightsSha256,
    @JsonProperty("precision") String precision,
    @JsonProperty("features") List<Features> features,
    @JsonProperty("points") List<Point> points,
    @JsonProperty("summary") List<Summary> summary,
    @JsonProperty("reference") Reference reference) {

  /** Copies the lists. */
  public Evaluation {
    features = List.copyOf(features);
    points = List.copyOf(points);
    summary = List.copyOf(summary);
  }

  /**
   * A network that measured.
   *
   * @param sha256 of its file; figures of different networks can not be compared
   * @param design how it is built
   * @param width number of its features
   * @param images that it was trained on, repeats counted
   * @param labelAccuracy share of the real test images whose class it finds
   */
  public record Features(
      @JsonProperty("sha256") String sha256,
      @JsonProperty("design") String design,
      @JsonProperty("width") int width,
      @JsonProperty("images") long images,
      @JsonProperty("label_accuracy") double labelAccuracy) {}

  /**
   * How the images of a point were made.
   *
   * @param guidanceWeight w, 0 for none
   * @param steps of the sampler
   * @param sampler its name
   * @param seed of the noise; image i has the same noise and label at every weight
   */
  public record Setting(
      @JsonProperty("guidance_weight") double guidanceWeight,
      @JsonProperty("steps") int steps,
      @JsonProperty("sampler") String sampler,
      @JsonProperty("seed") long seed) {}

  /**
   * One guidance weight and seed.
   *
   * @param setting how the images were made
   * @param figures what was measured
   * @param networkEvaluations passes through the network that one image took
   * @param seconds that making and measuring took
   */
  public record Point(
      @JsonUnwrapped Setting setting,
      @JsonUnwrapped Figures figures,
      @JsonProperty("network_evaluations") double networkEvaluations,
      @JsonProperty("seconds") double seconds) {}

  /**
   * One guidance weight over its seeds.
   *
   * @param guidanceWeight w
   * @param steps of the sampler
   * @param sampler its name
   * @param samples images of each seed
   * @param figures mean and spread of the figures over the seeds, by name
   */
  public record Summary(
      @JsonProperty("guidance_weight") double guidanceWeight,
      @JsonProperty("steps") int steps,
      @JsonProperty("sampler") String sampler,
      @JsonProperty("samples") int samples,
      @JsonProperty("figures") Map<String, MeanAndSpread> figures) {}

  /**
   * Between what the figures can lie.
   *
   * @param labelAccuracy share of all real test images whose class the first network finds
   * @param inceptionScore of all real test images
   * @param samples real test images
   * @param floor real test images, as many as a point has if there are so many
   * @param ceiling pure noise, as many as a point has
   */
  public record Reference(
      @JsonProperty("label_accuracy") double labelAccuracy,
      @JsonProperty("inception_score") double inceptionScore,
      @JsonProperty("samples") int samples,
      @JsonProperty("floor") Figures floor,
      @JsonProperty("ceiling") Figures ceiling) {}

  /** One curve over the weights after the other, seeds beside each other. */
  private static final Comparator<Point> IN_ORDER =
      Comparator.comparing((Point point) -> point.setting().sampler())
          .thenComparing(point -> point.setting().steps())
          .thenComparing(point -> point.figures().samples())
          .thenComparing(point -> point.setting().guidanceWeight())
          .thenComparing(point -> point.setting().seed());

  private static final Map<String, ToDoubleFunction<Figures>> SUMMARIZED = summarized();

  private static Map<String, ToDoubleFunction<Figures>> summarized() {
    Map<String, ToDoubleFunction<Figures>> figures = new LinkedHashMap<>();
    figures.put("fid", Figures::fid);
    figures.put("fid_infinity", Figures::fidInfinity);
    figures.put("inception_score", Figures::inceptionScore);
    figures.put("precision", Figures::precision);
    figures.put("recall", Figures::recall);
    figures.put("density", Figures::density);
    figures.put("coverage", Figures::coverage);
    figures.put("class_coverage", Figures::classCoverage);
    figures.put("class_spread", Figures::classSpread);
    figures.put("label_accuracy", Figures::labelAccuracy);
    figures.put("second_fid", Figures::secondFid);
    figures.put("second_inception_score", Figures::secondInceptionScore);
    figures.put("second_label_accuracy", Figures::secondLabelAccuracy);
    return figures;
  }

  /**
   * The same with other points, whatever order they were measured in; the summary follows from
   * them.
   */
  Evaluation withPoints(Collection<Point> measured) {
    List<Point> ordered = measured.stream().sorted(IN_ORDER).toList();
    return new Evaluation(
        model, version, weightsSha256, precision, features, ordered, summarize(ordered), reference);
  }

  private static List<Summary> summarize(Collection<Point> points) {
    // What the seeds of one weight have in common.
    record Arm(double weight, int steps, String sampler, int samples) {}

    Map<Arm, List<Figures>> arms = new LinkedHashMap<>();
    for (Point point : points) {
      Setting setting = point.setting();
      Arm arm =
          new Arm(
              setting.guidanceWeight(),
              setting.steps(),
              setting.sampler(),
              point.figures().samples());
      arms.computeIfAbsent(arm, key -> new ArrayList<>()).add(point.figures());
    }
    List<Summary> summaries = new ArrayList<>();
    arms.forEach(
        (arm, figures) ->
            summaries.add(
                new Summary(arm.weight, arm.steps, arm.sampler, arm.samples, over(figures))));
    return summaries;
  }

  private static Map<String, MeanAndSpread> over(List<Figures> seeds) {
    Map<String, MeanAndSpread> spreads = new LinkedHashMap<>();
    SUMMARIZED.forEach(
        (name, figure) ->
            spreads.put(
                name, MeanAndSpread.of(seeds.stream().map(figure::applyAsDouble).toList())));
    return spreads;
  }
}
