package dev.anagama.trainer.sampling;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.anagama.diffusion.guidance.DynamicThreshold;
import dev.anagama.diffusion.guidance.Guidance;
import dev.anagama.diffusion.guidance.GuidanceInterval;
import dev.anagama.diffusion.guidance.GuidanceProjection;
import dev.anagama.diffusion.guidance.GuidanceRescale;
import dev.anagama.diffusion.guidance.GuidanceWeight;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Where, and with what care, a weight is applied; what is null is left as the paper has it.
 *
 * @param minLogSnr noisiest level that is guided
 * @param maxLogSnr from which level on none is guided any more
 * @param rescale phi of {@link GuidanceRescale}
 * @param dynamicThreshold quantile of {@link DynamicThreshold}
 * @param projectionEta eta of {@link GuidanceProjection}; 0 if only another part of it is named
 * @param projectionNormLimit its r
 * @param projectionMomentum its beta
 * @param course how w goes over the levels, the same everywhere if null
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record GuidanceTuning(
    @JsonProperty("min_log_snr") @Nullable Double minLogSnr,
    @JsonProperty("max_log_snr") @Nullable Double maxLogSnr,
    @JsonProperty("rescale") @Nullable Double rescale,
    @JsonProperty("dynamic_threshold") @Nullable Double dynamicThreshold,
    @JsonProperty("projection_eta") @Nullable Double projectionEta,
    @JsonProperty("projection_norm_limit") @Nullable Double projectionNormLimit,
    @JsonProperty("projection_momentum") @Nullable Double projectionMomentum,
    @JsonProperty("weight_course") @Nullable WeightCourse course) {
  /** The paper's guidance. */
  public static final GuidanceTuning NONE =
      new GuidanceTuning(null, null, null, null, null, null, null, null);

  /** How w goes over the levels. */
  public enum WeightCourse {
    /** {@link GuidanceWeight#growing}; the strength is the mean. */
    @JsonProperty("growing")
    GROWING
  }

  /**
   * Checks every part.
   *
   * @throws IllegalArgumentException naming the one that is wrong
   */
  public GuidanceTuning {
    guidance(
        0,
        interval(minLogSnr, maxLogSnr),
        projection(projectionEta, projectionNormLimit, projectionMomentum),
        new GuidanceRescale(or(rescale, 0)),
        dynamicThreshold,
        course);
  }

  /** The paper's guidance between two levels only. */
  public static GuidanceTuning between(double minLogSnr, double maxLogSnr) {
    return new GuidanceTuning(minLogSnr, maxLogSnr, null, null, null, null, null, null);
  }

  /** Guidance of a strength. */
  public Guidance guidance(double weight) {
    return guidance(
        weight,
        interval(minLogSnr, maxLogSnr),
        projection(projectionEta, projectionNormLimit, projectionMomentum),
        new GuidanceRescale(or(rescale, 0)),
        dynamicThreshold,
        course);
  }

  /** In words, beginning with a comma and a space; empty for {@link #NONE}. */
  String label() {
    List<String> parts = new ArrayList<>();
    if (minLogSnr != null || maxLogSnr != null) {
      parts.add("interval %s to %s".formatted(orOpen(minLogSnr), orOpen(maxLogSnr)));
    }
    if (rescale != null) {
      parts.add("rescale " + rescale);
    }
    if (dynamicThreshold != null) {
      parts.add("threshold " + dynamicThreshold);
    }
    if (projectionEta != null || projectionNormLimit != null || projectionMomentum != null) {
      GuidanceProjection used = projection(projectionEta, projectionNormLimit, projectionMomentum);
      parts.add(
          "projected (eta %s, norm %s, momentum %s)"
              .formatted(used.eta(), orOpen(projectionNormLimit), used.momentum()));
    }
    if (course != null) {
      parts.add("growing w");
    }
    return parts.isEmpty() ? "" : ", " + String.join(", ", parts);
  }

  private static Guidance guidance(
      double weight,
      GuidanceInterval interval,
      GuidanceProjection projection,
      GuidanceRescale rescale,
      @Nullable Double quantile,
      @Nullable WeightCourse course) {
    GuidanceWeight byLevel =
        course == null ? GuidanceWeight.constant(weight) : GuidanceWeight.growing(weight);
    Guidance guidance = new Guidance(byLevel, interval).with(projection).with(rescale);
    return quantile == null ? guidance : guidance.with(new DynamicThreshold(quantile));
  }

  private static GuidanceInterval interval(@Nullable Double min, @Nullable Double max) {
    return new GuidanceInterval(
        or(min, Double.NEGATIVE_INFINITY), or(max, Double.POSITIVE_INFINITY));
  }

  private static GuidanceProjection projection(
      @Nullable Double eta, @Nullable Double normLimit, @Nullable Double momentum) {
    return eta == null && normLimit == null && momentum == null
        ? GuidanceProjection.NONE
        : new GuidanceProjection(
            or(eta, 0), or(normLimit, Double.POSITIVE_INFINITY), or(momentum, 0));
  }

  private static double or(@Nullable Double value, double otherwise) {
    return value == null ? otherwise : value;
  }

  private static String orOpen(@Nullable Double value) {
    return Objects.toString(value, "open");
  }
}
