package dev.anagama.gateway.errors;

/**
 * What is wrong with one field of a request.
 *
 * @param field its name in the request, with dots for nesting, for example
 *     {@code guidance_interval.min_log_snr}
 * @param value what was there, as text of at most {@value #MAX_VALUE_LENGTH} characters and an
 *     ellipsis
 * @param allowed what would be accepted
 */
public record FieldProblem(String field, String value, String allowed) {
  private static final int MAX_VALUE_LENGTH = 64;

  /** Shortens values and names that a caller made long. */
  public FieldProblem {
    field = abbreviated(field);
    value = abbreviated(value);
  }

  /** The problem as one clause of a sentence. */
  public String sentence() {
    return "%s is %s; allowed: %s".formatted(field, value, allowed);
  }

  private static String abbreviated(String text) {
    return text.length() <= MAX_VALUE_LENGTH ? text : text.substring(0, MAX_VALUE_LENGTH) + "...";
  }
}
