package dev.anagama.diffusion.schedule;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;
import java.util.stream.Collectors;

/** Where the noise levels of a run come from, by the names that jobs and checkpoints use. */
public enum ScheduleKind {
  /** The paper's, over the model's whole range. */
  COSINE("cosine"),
  /** Linear in log-SNR, where steps matter. */
  LINEAR_LOG_SNR("linear_log_snr"),
  /** EDM's, where steps matter. */
  EDM("edm");

  private final String label;

  ScheduleKind(String label) {
    this.label = label;
  }

  /** The name in jobs, manifests and evaluations: cosine, linear_log_snr or edm. */
  @JsonValue
  public String label() {
    return label;
  }

  /**
   * The schedule of a name.
   *
   * @throws IllegalArgumentException if there is none of that name
   */
  public static ScheduleKind ofLabel(String label) {
    for (ScheduleKind kind : values()) {
      if (kind.label.equals(label)) {
        return kind;
      }
    }
    throw new IllegalArgumentException(
        "schedule is %s; allowed: %s"
            .formatted(
                label,
                Arrays.stream(values())
                    .map(ScheduleKind::label)
                    .collect(Collectors.joining(", "))));
  }

  /** The schedule over a model's levels, or over the part of them where steps matter. */
  public NoiseSchedule over(LogSnrRange model) {
    return switch (this) {
      case COSINE -> new CosineSchedule(model);
      case LINEAR_LOG_SNR -> LinearSchedule.over(model);
      case EDM -> RhoSchedule.over(model);
    };
  }
}
