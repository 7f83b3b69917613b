package dev.anagama.worker.engine;

import static dev.anagama.worker.engine.JobPlan.require;

import dev.anagama.diffusion.guidance.DynamicThreshold;
import dev.anagama.diffusion.guidance.Guidance;
import dev.anagama.diffusion.guidance.GuidanceInterval;
import dev.anagama.diffusion.guidance.GuidanceProjection;
import dev.anagama.diffusion.guidance.GuidanceRescale;
import dev.anagama.diffusion.sampler.AncestralSampler;
import dev.anagama.diffusion.sampler.DdimSampler;
import dev.anagama.diffusion.sampler.DpmSolverSampler;
import dev.anagama.diffusion.sampler.HeunSampler;
import dev.anagama.diffusion.sampler.Sampler;
import dev.anagama.diffusion.schedule.ScheduleKind;
import dev.anagama.v1.JobSpec;

/**
 * A job's sampler, schedule and guidance, from the words of the contract to those of the model
 * library. Here, and nowhere else, {@code guidance_scale} becomes w.
 */
final class JobSampling {
  private static final double MAX_GUIDANCE_SCALE = 50;
  private static final double MAX_NORM_LIMIT = 1_000_000;

  private JobSampling() {}

  /** The schedule group that a job's rows belong to. */
  static ScheduleGroup.Key key(JobSpec spec, int steps) throws InvalidJobException {
    return new ScheduleGroup.Key(steps, schedule(spec), sampler(spec));
  }

  private static ScheduleKind schedule(JobSpec spec) throws InvalidJobException {
    return switch (spec.getSchedule()) {
      // Jobs from before there was a choice do not say it.
      case SCHEDULE_UNSPECIFIED, SCHEDULE_COSINE -> ScheduleKind.COSINE;
      case SCHEDULE_LINEAR_LOG_SNR -> ScheduleKind.LINEAR_LOG_SNR;
      case SCHEDULE_EDM -> ScheduleKind.EDM;
      case UNRECOGNIZED ->
          throw new InvalidJobException(
              "schedule is %d; allowed: cosine, linear_log_snr, edm"
                  .formatted(spec.getScheduleValue()));
    };
  }

  private static Sampler sampler(JobSpec spec) throws InvalidJobException {
    double eta = spec.getEta();
    require(eta >= 0 && eta <= 1, "eta", eta, "0 to 1");
    return switch (spec.getSampler()) {
      case SAMPLER_ANCESTRAL -> new AncestralSampler();
      case SAMPLER_DDIM -> new DdimSampler(eta);
      case SAMPLER_DPMPP_2M -> new DpmSolverSampler();
      case SAMPLER_HEUN -> new HeunSampler();
      case SAMPLER_UNSPECIFIED, UNRECOGNIZED ->
          throw new InvalidJobException(
              "sampler is %s; allowed: ancestral, ddim, dpmpp_2m, heun"
                  .formatted(spec.getSampler()));
    };
  }

  /** What is left of guidance for an unconditional job: how x~ is kept in the range of pixels. */
  static Guidance unguided(JobSpec spec) throws InvalidJobException {
    return thresholded(spec, Guidance.NONE);
  }

  /** The guidance of a job with a condition. */
  static Guidance guidance(JobSpec spec) throws InvalidJobException {
    require(spec.hasGuidanceScale(), "guidance_scale", "not set", "1 to 50");
    double scale = spec.getGuidanceScale();
    require(scale >= 1 && scale <= MAX_GUIDANCE_SCALE, "guidance_scale", scale, "1 to 50");
    double phi = spec.getGuidanceRescale();
    require(phi >= 0 && phi <= 1, "guidance_rescale", phi, "0 to 1");
    Guidance guidance =
        new Guidance(scale - 1, interval(spec))
            .with(projection(spec))
            .with(new GuidanceRescale(phi));
    return thresholded(spec, guidance);
  }

  private static GuidanceInterval interval(JobSpec spec) throws InvalidJobException {
    if (!spec.hasGuidanceInterval()) {
      return GuidanceInterval.ALWAYS;
    }
    double min = spec.getGuidanceInterval().getMinLogSnr();
    double max = spec.getGuidanceInterval().getMaxLogSnr();
    require(min < max, "guidance_interval.min_log_snr", min, "less than max_log_snr, " + max);
    return new GuidanceInterval(min, max);
  }

  private static GuidanceProjection projection(JobSpec spec) throws InvalidJobException {
    if (!spec.hasGuidanceProjection()) {
      return GuidanceProjection.NONE;
    }
    var asked = spec.getGuidanceProjection();
    double eta = asked.getEta();
    require(eta >= 0 && eta <= 1, "guidance_projection.eta", eta, "0 to 1");
    double limit = asked.hasNormLimit() ? asked.getNormLimit() : Double.POSITIVE_INFINITY;
    require(
        limit > 0 && (limit <= MAX_NORM_LIMIT || !asked.hasNormLimit()),
        "guidance_projection.norm_limit",
        limit,
        "above 0 to 1000000");
    double momentum = asked.getMomentum();
    require(
        Math.abs(momentum) <= GuidanceProjection.MAX_MOMENTUM,
        "guidance_projection.momentum",
        momentum,
        "-0.9 to 0.9");
    return new GuidanceProjection(eta, limit, momentum);
  }

  private static Guidance thresholded(JobSpec spec, Guidance guidance) throws InvalidJobException {
    if (!spec.hasDynamicThreshold()) {
      return guidance;
    }
    double quantile = spec.getDynamicThreshold();
    require(
        quantile >= DynamicThreshold.MIN_QUANTILE && quantile <= 1,
        "dynamic_threshold",
        quantile,
        "0.5 to 1");
    return guidance.with(new DynamicThreshold(quantile));
  }
}
