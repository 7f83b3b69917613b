package dev.anagama.deploy.cli;

import dev.anagama.trainer.evaluation.ArmSource;
import dev.anagama.trainer.sampling.GuidanceMethod;
import dev.anagama.trainer.sampling.GuidanceMethod.LowTemperature.Cooled;
import dev.anagama.trainer.sampling.GuidanceTuning;
import dev.anagama.trainer.sampling.GuidanceTuning.WeightCourse;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What images of an evaluation are guided by, and how strongly. */
final class ArmOptions {
  private static final List<Double> DEFAULT_SCALES = List.of(1.0, 2.0, 4.0);
  private static final List<Double> DEFAULT_TEMPERATURES = List.of(1.0, 0.98, 0.95, 0.9);

  @Option(
      names = "--guidance",
      paramLabel = "METHOD",
      defaultValue = GuidanceMethod.CLASSIFIER_FREE,
      description =
          "classifier-free, classifier, autoguidance or low-temperature (default:"
              + " ${DEFAULT-VALUE}).")
  private String guidance = "";

  @Option(
      names = "--scales",
      paramLabel = "S",
      split = ",",
      description = "Guidance scales, 1 + w, joined by commas (default: 1,2,4).")
  private List<Double> scales = List.of();

  @Option(
      names = "--classifier",
      paramLabel = "DIR",
      description = "classifier: folder that train-classifier wrote.")
  private Optional<Path> classifier = Optional.empty();

  @Option(
      names = "--weak",
      paramLabel = "DIR",
      description = "autoguidance: folder of a checkpoint of the same model that was trained less.")
  private Optional<Path> weak = Optional.empty();

  @Option(
      names = "--temperatures",
      paramLabel = "T",
      split = ",",
      description =
          "low-temperature: temperatures, above 0 and at most 1, joined by commas (default:"
              + " 1,0.98,0.95,0.9).")
  private List<Double> temperatures = List.of();

  @Option(
      names = "--cooled",
      paramLabel = "WHAT",
      description =
          "low-temperature: score (divided by the temperature) or noise (of the ancestral sampler,"
              + " multiplied by it) (default: score).")
  private Optional<Cooled> cooled = Optional.empty();

  @Option(
      names = {"--guidance-interval", "--interval"},
      paramLabel = "MIN,MAX",
      split = ",",
      arity = "1",
      description = "Log-SNR between which guidance acts (default: everywhere).")
  private List<Double> interval = List.of();

  @Option(
      names = {"--guidance-rescale", "--rescale"},
      paramLabel = "PHI",
      description =
          "Share of the spread added by guidance that is taken back, 0 to 1 (default: 0).")
  private Optional<Double> rescale = Optional.empty();

  @Option(
      names = "--dynamic-threshold",
      paramLabel = "Q",
      description =
          "Scale estimates back by this quantile of the pixels, 0.5 to 1 (default: clip them).")
  private Optional<Double> dynamicThreshold = Optional.empty();

  @Option(
      names = "--projection-eta",
      paramLabel = "ETA",
      description =
          "Projected guidance: what stays of its part parallel to the image, 0 to 1 (default with"
              + " another projection option: 0).")
  private Optional<Double> projectionEta = Optional.empty();

  @Option(
      names = "--projection-norm-limit",
      paramLabel = "R",
      description = "Projected guidance: largest norm of the difference (default: no limit).")
  private Optional<Double> projectionNormLimit = Optional.empty();

  @Option(
      names = "--projection-momentum",
      paramLabel = "B",
      description = "Projected guidance: share of the step before, -0.9 to 0.9 (default: 0).")
  private Optional<Double> projectionMomentum = Optional.empty();

  @Option(
      names = "--weight-course",
      paramLabel = "NAME",
      description =
          "growing: w goes from 0 at noise to twice the scale's at clean (default: the same"
              + " everywhere).")
  private Optional<WeightCourse> weightCourse = Optional.empty();

  /**
   * The arm.
   *
   * @throws IllegalArgumentException if there is no such method, or it does not take an option
   */
  ArmSource source() {
    refuse(classifier.isPresent() && !guidance.equals(GuidanceMethod.CLASSIFIER), "--classifier");
    refuse(weak.isPresent() && !guidance.equals(GuidanceMethod.AUTOGUIDANCE), "--weak");
    return switch (guidance) {
      case GuidanceMethod.CLASSIFIER_FREE -> new ArmSource.ClassifierFree(tuning());
      case GuidanceMethod.CLASSIFIER ->
          ArmSource.Classifier.in(
              needed(classifier, "classifier", "a folder that train-classifier wrote"), tuning());
      case GuidanceMethod.AUTOGUIDANCE ->
          new ArmSource.WeakerCheckpoint(
              needed(weak, "weak", "the folder of a checkpoint that was trained less"), tuning());
      case GuidanceMethod.LOW_TEMPERATURE -> lowTemperature();
      default ->
          throw new IllegalArgumentException(
              "guidance is %s; allowed: classifier-free, classifier, autoguidance, low-temperature"
                  .formatted(guidance));
    };
  }

  /** The strengths: w, or temperatures. */
  List<Double> strengths() {
    return switch (source().axis()) {
      case WEIGHT -> {
        refuse(!temperatures.isEmpty() || cooled.isPresent(), "--temperatures and --cooled");
        yield (scales.isEmpty() ? DEFAULT_SCALES : scales)
            .stream().map(ArmOptions::weight).toList();
      }
      case TEMPERATURE -> temperatures.isEmpty() ? DEFAULT_TEMPERATURES : temperatures;
    };
  }

  private ArmSource lowTemperature() {
    refuse(
        !scales.isEmpty() || !tuning().equals(GuidanceTuning.NONE),
        "--scales and what goes with them");
    return new ArmSource.LowTemperature(cooled.orElse(Cooled.SCORE));
  }

  private GuidanceTuning tuning() {
    if (!interval.isEmpty() && interval.size() != 2) {
      throw new IllegalArgumentException(
          "guidance-interval is %s; allowed: two numbers joined by a comma, such as -5,5"
              .formatted(interval));
    }
    return new GuidanceTuning(
        interval.isEmpty() ? null : interval.get(0),
        interval.isEmpty() ? null : interval.get(1),
        orNull(rescale),
        orNull(dynamicThreshold),
        orNull(projectionEta),
        orNull(projectionNormLimit),
        orNull(projectionMomentum),
        orNull(weightCourse));
  }

  private static Path needed(Optional<Path> folder, String option, String allowed) {
    return folder.orElseThrow(
        () -> new IllegalArgumentException(option + " is missing; allowed: " + allowed));
  }

  private void refuse(boolean given, String options) {
    if (given) {
      throw new IllegalArgumentException(
          "%s given for guidance %s; allowed: the options of that method"
              .formatted(options, guidance));
    }
  }

  private static <T> @Nullable T orNull(Optional<T> value) {
    return value.orElse(null);
  }

  /** w, without the digits that the subtraction makes up: 1.3 is w = 0.3. */
  static double weight(double scale) {
    return Double.isFinite(scale)
        ? BigDecimal.valueOf(scale).subtract(BigDecimal.ONE).doubleValue()
        : scale;
  }
}
