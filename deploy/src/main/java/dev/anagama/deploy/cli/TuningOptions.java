package dev.anagama.deploy.cli;

import dev.anagama.trainer.sampling.GuidanceTuning;
import dev.anagama.trainer.sampling.GuidanceTuning.WeightCourse;
import dev.anagama.v1.GuidanceInterval;
import dev.anagama.v1.JobSpec;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Where and how guidance acts, of a job as of the images of an evaluation. */
final class TuningOptions {
  @Option(
      names = {"--guidance-interval", "--interval"},
      paramLabel = "MIN,MAX",
      converter = IntervalText.class,
      description = "Log-SNR between which guidance acts (default: everywhere).")
  private Optional<Interval> interval = Optional.empty();

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

  /** The ends of an interval of log-SNR; whoever guides by it checks them. */
  private record Interval(double min, double max) {}

  /** Writes what was said into a job. */
  void fill(JobSpec.Builder job) {
    interval.ifPresent(
        ends ->
            job.setGuidanceInterval(
                GuidanceInterval.newBuilder().setMinLogSnr(ends.min()).setMaxLogSnr(ends.max())));
    rescale.ifPresent(job::setGuidanceRescale);
    dynamicThreshold.ifPresent(job::setDynamicThreshold);
    projectionEta.ifPresent(value -> job.getGuidanceProjectionBuilder().setEta(value));
    projectionNormLimit.ifPresent(value -> job.getGuidanceProjectionBuilder().setNormLimit(value));
    projectionMomentum.ifPresent(value -> job.getGuidanceProjectionBuilder().setMomentum(value));
  }

  /**
   * What was said, for an evaluation.
   *
   * @param course of the weight over a run, where it has one
   * @throws IllegalArgumentException if a value is out of range
   */
  GuidanceTuning tuning(@Nullable WeightCourse course) {
    return new GuidanceTuning(
        interval.map(Interval::min).orElse(null),
        interval.map(Interval::max).orElse(null),
        rescale.orElse(null),
        dynamicThreshold.orElse(null),
        projectionEta.orElse(null),
        projectionNormLimit.orElse(null),
        projectionMomentum.orElse(null),
        course);
  }

  private static final class IntervalText implements ITypeConverter<Interval> {
    @Override
    public Interval convert(String text) {
      String[] ends = text.split(",", -1);
      try {
        if (ends.length == 2) {
          return new Interval(Double.parseDouble(ends[0]), Double.parseDouble(ends[1]));
        }
      } catch (NumberFormatException e) {
        throw new TypeConversionException(refusal(text));
      }
      throw new TypeConversionException(refusal(text));
    }

    private static String refusal(String text) {
      return "'%s'; allowed: two numbers joined by a comma, such as -5,5".formatted(text);
    }
  }
}
