package dev.anagama.deploy.cli;

import dev.anagama.v1.JobSpec;
import dev.anagama.v1.Sampler;
import dev.anagama.v1.Schedule;
import java.util.Optional;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** How a job is guided and sampled; what is not said is the model's or the gateway's default. */
final class SamplingOptions {
  @Option(
      names = "--guidance-scale",
      paramLabel = "S",
      description = "Strength of guidance, 1 (none) to 50 (default: the model's).")
  private Optional<Double> guidanceScale = Optional.empty();

  @Mixin private TuningOptions tuning = new TuningOptions();

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
    tuning.fill(job);
    sampler.ifPresent(job::setSampler);
    schedule.ifPresent(job::setSchedule);
    eta.ifPresent(job::setEta);
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
