package dev.anagama.deploy.cli;

import dev.anagama.v1.GuidanceInterval;
import dev.anagama.v1.JobSpec;
import dev.anagama.v1.Sampler;
import dev.anagama.v1.Schedule;
import java.util.Optional;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** How a job is guided and sampled; what is not said is the model's or the gateway's default. */
final class SamplingOptions {
  @Option(
      names = "--guidance-scale",
      paramLabel = "S",
      description = "Strength of guidance, 1 (none) to 50 (default: the model's).")
  private Optional<Double> guidanceScale = Optional.empty();

  @Option(
      names = "--guidance-interval",
      paramLabel = "MIN,MAX",
      converter = Interval.class,
      description = "Log-SNR between which guidance acts (default: everywhere).")
  private Optional<GuidanceInterval> guidanceInterval = Optional.empty();

  @Option(
      names = "--guidance-rescale",
      paramLabel = "PHI",
      description =
          "Share of the spread added by guidance that is taken back, 0 to 1 (default: 0).")
  private Optional<Double> guidanceRescale = Optional.empty();

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
      names = "--sampler",
      paramLabel = "NAME",
      converter = SamplerName.class,
      description = "ancestral, ddim, dpmpp_2m or heun (default: the model's).")
  private Optional<Sampler> sampler = Optional.empty();

  @Option(
      names = "--schedule",
      paramLabel = "NAME",
      converter = ScheduleName.class,
      description = "cosine, linear_log_snr or edm (default: the model's).")
  private Optional<Schedule> schedule = Optional.empty();

  @Option(
      names = "--eta",
      paramLabel = "ETA",
      description = "Noise that ddim adds, 0 (none) to 1 (default: 0).")
  private Optional<Double> eta = Optional.empty();

  /** Writes what was said into a job. */
  void fill(JobSpec.Builder job) {
    guidanceScale.ifPresent(job::setGuidanceScale);
    guidanceInterval.ifPresent(job::setGuidanceInterval);
    guidanceRescale.ifPresent(job::setGuidanceRescale);
    dynamicThreshold.ifPresent(job::setDynamicThreshold);
    projectionEta.ifPresent(value -> job.getGuidanceProjectionBuilder().setEta(value));
    projectionNormLimit.ifPresent(value -> job.getGuidanceProjectionBuilder().setNormLimit(value));
    projectionMomentum.ifPresent(value -> job.getGuidanceProjectionBuilder().setMomentum(value));
    sampler.ifPresent(job::setSampler);
    schedule.ifPresent(job::setSchedule);
    eta.ifPresent(job::setEta);
  }

  private static final class Interval implements ITypeConverter<GuidanceInterval> {
    @Override
    public GuidanceInterval convert(String text) {
      String[] ends = text.split(",", -1);
      try {
        if (ends.length == 2) {
          return GuidanceInterval.newBuilder()
              .setMinLogSnr(Double.parseDouble(ends[0]))
              .setMaxLogSnr(Double.parseDouble(ends[1]))
              .build();
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

  private static final class SamplerName implements ITypeConverter<Sampler> {
    @Override
    public Sampler convert(String text) {
      return switch (text) {
        case "ancestral" -> Sampler.SAMPLER_ANCESTRAL;
        case "ddim" -> Sampler.SAMPLER_DDIM;
        case "dpmpp_2m" -> Sampler.SAMPLER_DPMPP_2M;
        case "heun" -> Sampler.SAMPLER_HEUN;
        default ->
            throw new TypeConversionException(
                "'%s'; allowed: ancestral, ddim, dpmpp_2m, heun".formatted(text));
      };
    }
  }

  private static final class ScheduleName implements ITypeConverter<Schedule> {
    @Override
    public Schedule convert(String text) {
      return switch (text) {
        case "cosine" -> Schedule.SCHEDULE_COSINE;
        case "linear_log_snr" -> Schedule.SCHEDULE_LINEAR_LOG_SNR;
        case "edm" -> Schedule.SCHEDULE_EDM;
        default ->
            throw new TypeConversionException(
                "'%s'; allowed: cosine, linear_log_snr, edm".formatted(text));
      };
    }
  }
}
