package dev.anagama.gateway.admission;

import dev.anagama.gateway.errors.FieldProblem;
import dev.anagama.gateway.models.JobLimits;
import dev.anagama.v1.GuidanceInterval;
import dev.anagama.v1.GuidanceProjection;
import dev.anagama.v1.JobSpec;
import dev.anagama.v1.JobSpecOrBuilder;
import dev.anagama.v1.Sampler;
import dev.anagama.v1.Schedule;
import java.util.List;

/** Checks what a job says of guidance, sampler and schedule. */
final class SamplingChecks {
  private SamplingChecks() {}

  /** Adds a problem for each field that is out of its range, whatever the model. */
  static void check(JobSpec asked, List<FieldProblem> problems) {
    if (asked.hasGuidanceScale()) {
      checkNumber(
          "guidance_scale",
          asked.getGuidanceScale(),
          JobLimits.MIN_GUIDANCE_SCALE,
          JobLimits.MAX_GUIDANCE_SCALE,
          problems);
    }
    if (asked.hasGuidanceInterval()) {
      checkInterval(asked.getGuidanceInterval(), problems);
    }
    checkNumber(
        "guidance_rescale",
        asked.getGuidanceRescale(),
        0,
        JobLimits.MAX_GUIDANCE_RESCALE,
        problems);
    if (asked.hasDynamicThreshold()) {
      checkNumber(
          "dynamic_threshold",
          asked.getDynamicThreshold(),
          JobLimits.MIN_DYNAMIC_THRESHOLD,
          JobLimits.MAX_DYNAMIC_THRESHOLD,
          problems);
    }
    checkProjection(asked.getGuidanceProjection(), problems);
    if (asked.getSampler() == Sampler.UNRECOGNIZED) {
      problems.add(
          new FieldProblem(
              "sampler",
              Integer.toString(asked.getSamplerValue()),
              "ancestral (1), ddim (2), dpmpp_2m (3), heun (4)"));
    }
    if (asked.getSchedule() == Schedule.UNRECOGNIZED) {
      problems.add(
          new FieldProblem(
              "schedule",
              Integer.toString(asked.getScheduleValue()),
              "cosine (1), linear_log_snr (2), edm (3)"));
    }
    checkNumber("eta", asked.getEta(), 0, JobLimits.MAX_ETA, problems);
  }

  /** Adds a problem if a sampler gets an eta that knows none. */
  static void checkEta(JobSpecOrBuilder asked, Sampler byDefault, List<FieldProblem> problems) {
    Sampler sampler =
        asked.getSampler() == Sampler.SAMPLER_UNSPECIFIED ? byDefault : asked.getSampler();
    if (asked.hasEta() && sampler != Sampler.SAMPLER_DDIM) {
      problems.add(
          new FieldProblem(
              "eta", Double.toString(asked.getEta()), "left out unless the sampler is ddim"));
    }
  }

  private static void checkInterval(GuidanceInterval interval, List<FieldProblem> problems) {
    double min = interval.getMinLogSnr();
    double max = interval.getMaxLogSnr();
    int before = problems.size();
    String field = "guidance_interval.";
    checkNumber(field + "min_log_snr", min, JobLimits.MIN_LOG_SNR, JobLimits.MAX_LOG_SNR, problems);
    checkNumber(field + "max_log_snr", max, JobLimits.MIN_LOG_SNR, JobLimits.MAX_LOG_SNR, problems);
    if (problems.size() == before && min >= max) {
      problems.add(
          new FieldProblem(
              field + "min_log_snr", Double.toString(min), "less than max_log_snr, " + max));
    }
  }

  private static void checkProjection(GuidanceProjection projection, List<FieldProblem> problems) {
    String field = "guidance_projection.";
    checkNumber(field + "eta", projection.getEta(), 0, JobLimits.MAX_ETA, problems);
    double limit = projection.getNormLimit();
    if (projection.hasNormLimit() && !(limit > 0 && limit <= JobLimits.MAX_NORM_LIMIT)) {
      problems.add(
          new FieldProblem(
              field + "norm_limit",
              Double.toString(limit),
              "a number above 0, at most %.0f".formatted(JobLimits.MAX_NORM_LIMIT)));
    }
    checkNumber(
        field + "momentum",
        projection.getMomentum(),
        -JobLimits.MAX_MOMENTUM,
        JobLimits.MAX_MOMENTUM,
        problems);
  }

  private static void checkNumber(
      String field, double value, double min, double max, List<FieldProblem> problems) {
    // Written so that NaN is refused too.
    if (!(value >= min && value <= max)) {
      problems.add(new FieldProblem(field, Double.toString(value), JobLimits.numberFrom(min, max)));
    }
  }
}
