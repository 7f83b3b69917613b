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
import picocli.CommandLine.Mixin;
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

  @Mixin private TuningOptions tuning = new TuningOptions();

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
    return tuning.tuning(weightCourse.orElse(null));
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

  /** w, without the digits that the subtraction makes up: 1.3 is w = 0.3. */
  static double weight(double scale) {
    return Double.isFinite(scale)
        ? BigDecimal.valueOf(scale).subtract(BigDecimal.ONE).doubleValue()
        : scale;
  }
}
