package dev.anagama.bench;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What every benchmark gives out.
 *
 * @param benchmark its name
 * @param machine where it ran
 * @param results numbers by dotted name; rates are per second, ratios have no unit
 */
public record BenchmarkReport(
    @JsonProperty("benchmark") String benchmark,
    @JsonProperty("machine") Map<String, String> machine,
    @JsonProperty("results") Map<String, Double> results) {

  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  public BenchmarkReport {
    machine = Collections.unmodifiableMap(new LinkedHashMap<>(machine));
    results = Collections.unmodifiableMap(new LinkedHashMap<>(results));
  }

  /** As JSON, keys in the order they were measured. */
  public String toJson() {
    try {
      return JSON.writeValueAsString(this);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a record of strings and numbers is always JSON", e);
    }
  }
}
