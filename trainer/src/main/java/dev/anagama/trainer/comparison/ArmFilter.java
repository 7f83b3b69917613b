package dev.anagama.trainer.comparison;

import dev.anagama.trainer.evaluation.Evaluation;
import dev.anagama.trainer.sampling.GuidanceMethod;
import dev.anagama.trainer.sampling.SamplingPlan;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Which points of an evaluation belong to a curve.
 *
 * @param wanted values by {@code method}, {@code tuning}, {@code sampler}, {@code schedule}, {@code
 *     steps} and {@code samples}; what is not named may be anything
 */
record ArmFilter(Map<String, String> wanted) {
  private static final String TUNING = "tuning";
  private static final Set<String> KEYS =
      Set.of("method", TUNING, "sampler", "schedule", "steps", "samples");

  /**
   * Checks the keys.
   *
   * @throws IllegalArgumentException naming one that is none
   */
  ArmFilter {
    for (String key : wanted.keySet()) {
      if (!KEYS.contains(key)) {
        throw new IllegalArgumentException(
            "curve's filter is %s; allowed: method, tuning, sampler, schedule, steps, samples"
                .formatted(key));
      }
    }
    wanted = Map.copyOf(wanted);
  }

  /** Whether a point is one of them. */
  boolean lets(Evaluation.Summary point) {
    Map<String, String> values = values(point);
    return wanted.entrySet().stream()
        .allMatch(
            entry -> {
              String value = values.getOrDefault(entry.getKey(), "");
              // Tunings are sentences, of which a word is enough.
              return value.equals(entry.getValue())
                  || (entry.getKey().equals(TUNING) && value.contains(entry.getValue()));
            });
  }

  /** The values of a point, as filters name them. */
  static Map<String, String> values(Evaluation.Summary point) {
    SamplingPlan sampling = point.sampling();
    Map<String, String> values = new TreeMap<>();
    values.put("method", point.guidance().name());
    values.put(TUNING, tuning(point.guidance()));
    values.put("sampler", sampling.sampler());
    values.put("schedule", sampling.schedule());
    values.put("steps", Integer.toString(sampling.steps()));
    values.put("samples", Integer.toString(point.samples()));
    return values;
  }

  /** What a label says beside the method, {@code none} if that is nothing. */
  private static String tuning(GuidanceMethod method) {
    String label = method.label();
    String more = label.startsWith(method.name()) ? label.substring(method.name().length()) : label;
    return more.isEmpty() ? "none" : more.replaceFirst("^,? ", "");
  }
}
