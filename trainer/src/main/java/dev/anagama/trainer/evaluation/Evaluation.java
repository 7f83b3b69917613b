package dev.anagama.trainer.evaluation;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.anagama.trainer.metric.MeanAndSpread;
import dev.anagama.trainer.sampling.GuidanceMethod;
import dev.anagama.trainer.sampling.SamplingPlan;
import dev.anagama.trainer.sampling.StrengthAxis;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/**
 * What {@code evaluation.json} says.
 *
 * @param model name
 * @param version of the checkpoint
 * @param weightsSha256 of the checkpoint
 * @param precision arithmetic in which images were made
 * @param features the networks that measured, first and second
 * @param points one for each method, strength, way of sampling and seed
 * @param summary one for each of these over its seeds
 * @param reference the same measurements on real images and on noise, for the most samples
 * @param references one for each number of samples; what is measured depends on it
 */
public record Evaluation(
    @JsonProperty("model") String model,
    @JsonProperty("version") String version,
    @JsonProperty("weights_sha256") String weightsSha256,
    @JsonProperty("precision") String precision,
    @JsonProperty("features") List<Features> features,
    @JsonProperty("points") List<Point> points,
    @JsonProperty("summary") List<Summary> summary,
    @JsonProperty("reference") Reference reference,
    @JsonProperty("references") List<Reference> references) {

  /** Copies the lists; files of before know one number of samples only. */
  public Evaluation {
    references = List.copyOf(Objects.requireNonNullElse(references, List.of(reference)));
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
   * @param seed of the noise; image i has the same noise and label in every arm
   * @param schedule of the steps; the cosine in files of before
   * @param guidance the method; plain classifier-free guidance in files of before
   * @param temperature 1 unless the method is a lower one
   */
  public record Setting(
      @JsonProperty("guidance_weight") double guidanceWeight,
      @JsonProperty("steps") int steps,
      @JsonProperty("sampler") String sampler,
      @JsonProperty("seed") long seed,
      @JsonProperty("schedule") String schedule,
      @JsonProperty("guidance") GuidanceMethod guidance,
      @JsonProperty("temperature") double temperature) {
    /** Fills in what files of before leave out. */
    public Setting {
      schedule = Objects.requireNonNullElse(schedule, SamplingPlan.COSINE);
      guidance = Objects.requireNonNullElse(guidance, GuidanceMethod.ClassifierFree.PLAIN);
      temperature = temperature == 0 ? 1 : temperature;
    }

    /** A method at a strength. */
    static Setting of(GuidanceMethod method, double strength, SamplingPlan sampling, long seed) {
      boolean weight = method.axis() == StrengthAxis.WEIGHT;
      return new Setting(
          weight ? strength : 0,
          sampling.steps(),
          sampling.sampler(),
          seed,
          sampling.schedule(),
          method,
          weight ? 1 : strength);
    }

    /** What the method is varied by: w, or the temperature. */
    public double strength() {
      return guidance.axis() == StrengthAxis.WEIGHT ? guidanceWeight : temperature;
    }

    /** How noise became images. */
    public SamplingPlan sampling() {
      return new SamplingPlan(sampler, schedule, steps);
    }

    private Setting withoutSeed() {
      return new Setting(guidanceWeight, steps, sampler, 0, schedule, guidance, temperature);
    }
  }

  /**
   * One method, strength, way of sampling and seed.
   *
   * @param setting how the images were made
   * @param figures what was measured
   * @param networkEvaluations passes through denoising networks that one image took
   * @param classifierEvaluations gradients of a classifier that one image took
   * @param seconds that making and measuring took
   */
  public record Point(
      @JsonUnwrapped Setting setting,
      @JsonUnwrapped Figures figures,
      @JsonProperty("network_evaluations") double networkEvaluations,
      @JsonProperty("seconds") double seconds,
      @JsonProperty("classifier_evaluations") double classifierEvaluations) {}

  /**
   * One method, strength and way of sampling over its seeds.
   *
   * @param guidanceWeight w
   * @param steps of the sampler
   * @param sampler its name
   * @param samples images of each seed
   * @param figures mean and spread of the figures over the seeds, by name
   * @param schedule of the steps
   * @param guidance the method
   * @param temperature 1 unless the method is a lower one
   * @param networkEvaluations passes through denoising networks that one image took
   * @param classifierEvaluations gradients of a classifier that one image took
   */
  public record Summary(
      @JsonProperty("guidance_weight") double guidanceWeight,
      @JsonProperty("steps") int steps,
      @JsonProperty("sampler") String sampler,
      @JsonProperty("samples") int samples,
      @JsonProperty("figures") Map<String, MeanAndSpread> figures,
      @JsonProperty("schedule") String schedule,
      @JsonProperty("guidance") GuidanceMethod guidance,
      @JsonProperty("temperature") double temperature,
      @JsonProperty("network_evaluations") double networkEvaluations,
      @JsonProperty("classifier_evaluations") double classifierEvaluations) {
    /** Fills in what files of before leave out. */
    public Summary {
      schedule = Objects.requireNonNullElse(schedule, SamplingPlan.COSINE);
      guidance = Objects.requireNonNullElse(guidance, GuidanceMethod.ClassifierFree.PLAIN);
      temperature = temperature == 0 ? 1 : temperature;
    }

    /** What the method is varied by: w, or the temperature. */
    public double strength() {
      return guidance.axis() == StrengthAxis.WEIGHT ? guidanceWeight : temperature;
    }

    /** How noise became images. */
    public SamplingPlan sampling() {
      return new SamplingPlan(sampler, schedule, steps);
    }

    /**
     * A figure by its name.
     *
     * @throws IllegalArgumentException if there is none of that name
     */
    public MeanAndSpread figure(String name) {
      MeanAndSpread found = figures.get(name);
      if (found == null) {
        throw new IllegalArgumentException(
            "figure is %s; allowed: %s".formatted(name, String.join(", ", figures.keySet())));
      }
      return found;
    }
  }

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

  /** One curve over the strengths after the other, seeds beside each other. */
  private static final Comparator<Point> IN_ORDER =
      Comparator.comparing((Point point) -> point.setting().guidance().label())
          .thenComparing(point -> point.setting().sampler())
          .thenComparing(point -> point.setting().schedule())
          .thenComparing(point -> point.setting().steps())
          .thenComparing(point -> point.figures().samples())
          .thenComparing(point -> point.setting().strength())
          .thenComparing(point -> point.setting().seed());

  private static final Map<String, ToDoubleFunction<Figures>> SUMMARIZED = summarized();

  private static Map<String, ToDoubleFunction<Figures>> summarized() {
    Map<String, ToDoubleFunction<Figures>> figures = new LinkedHashMap<>();
    figures.put("fid", Figures::fid);
    figures.put("fid_infinity", Figures::fidInfinity);
    figures.put("inception_score", Figures::inceptionScore);
    figures.put("inception_score_infinity", Figures::inceptionScoreInfinity);
    figures.put("precision", Figures::precision);
    figures.put("recall", Figures::recall);
    figures.put("density", Figures::density);
    figures.put("coverage", Figures::coverage);
    figures.put("class_coverage", Figures::classCoverage);
    figures.put("class_spread", Figures::classSpread);
    figures.put("label_accuracy", Figures::labelAccuracy);
    figures.put("label_log_probability", Figures::labelLogProbability);
    figures.put("second_fid", Figures::secondFid);
    figures.put("second_inception_score", Figures::secondInceptionScore);
    figures.put("second_label_accuracy", Figures::secondLabelAccuracy);
    return figures;
  }

  /**
   * The same with what an earlier run has left: its points, and its references for other numbers of
   * samples.
   */
  Evaluation after(Evaluation earlier) {
    int samples = reference.ceiling().samples();
    List<Reference> all =
        Stream.concat(
                references.stream(),
                earlier.references.stream().filter(r -> r.ceiling().samples() != samples))
            .sorted(Comparator.comparing((Reference r) -> r.ceiling().samples()).reversed())
            .toList();
    return new Evaluation(
            model, version, weightsSha256, precision, features, points, summary, all.get(0), all)
        .withPoints(earlier.points);
  }

  /**
   * The same with other points, whatever order they were measured in; the summary follows from
   * them.
   */
  Evaluation withPoints(Collection<Point> measured) {
    List<Point> ordered = measured.stream().sorted(IN_ORDER).toList();
    return new Evaluation(
        model,
        version,
        weightsSha256,
        precision,
        features,
        ordered,
        summarize(ordered),
        reference,
        references);
  }

  /**
   * The measurements on real images and on noise that figures of so many samples compare with; those
   * for the most samples if there are none.
   */
  public Reference referenceFor(int samples) {
    return references.stream()
        .filter(candidate -> candidate.ceiling().samples() == samples)
        .findFirst()
        .orElse(reference);
  }

  private static List<Summary> summarize(Collection<Point> points) {
    // What the seeds of one strength have in common.
    record Arm(Setting setting, int samples) {}

    Map<Arm, List<Point>> arms = new LinkedHashMap<>();
    for (Point point : points) {
      Arm arm = new Arm(point.setting().withoutSeed(), point.figures().samples());
      arms.computeIfAbsent(arm, key -> new ArrayList<>()).add(point);
    }
    List<Summary> summaries = new ArrayList<>();
    arms.forEach((arm, seeds) -> summaries.add(summary(arm.setting, arm.samples, seeds)));
    return summaries;
  }

  private static Summary summary(Setting setting, int samples, List<Point> seeds) {
    return new Summary(
        setting.guidanceWeight(),
        setting.steps(),
        setting.sampler(),
        samples,
        over(seeds.stream().map(Point::figures).toList()),
        setting.schedule(),
        setting.guidance(),
        setting.temperature(),
        mean(seeds, Point::networkEvaluations),
        mean(seeds, Point::classifierEvaluations));
  }

  private static double mean(List<Point> seeds, ToDoubleFunction<Point> cost) {
    return seeds.stream().mapToDouble(cost).average().orElseThrow();
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
