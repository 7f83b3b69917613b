package dev.anagama.diffusion.checkpoint;

import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.stream.Collectors;

/**
 * How manifests and recipes are read: fields in snake case, all of them there, none null, none
 * unknown, numbers as numbers.
 */
public final class StrictJson {
  /** Reads and writes records. */
  public static final JsonMapper MAPPER =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .enable(DeserializationFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
          .defaultSetterInfo(JsonSetter.Value.forContentNulls(Nulls.FAIL))
          .enable(SerializationFeature.INDENT_OUTPUT)
          .build();

  private StrictJson() {}

  /** What is wrong in a text, in a line that begins with the field's name. */
  public static String reason(JsonProcessingException e) {
    if (e.getCause() instanceof IllegalArgumentException cause) {
      return String.valueOf(cause.getMessage());
    }
    if (!(e instanceof JsonMappingException mapping)) {
      return "is not JSON: " + firstLine(e.getOriginalMessage());
    }
    String field =
        mapping.getPath().stream()
            .map(
                part ->
                    part.getFieldName() == null
                        ? Integer.toString(part.getIndex())
                        : part.getFieldName())
            .collect(Collectors.joining("."));
    if (mapping instanceof UnrecognizedPropertyException unknown) {
      return "%s is unknown; allowed: %s"
          .formatted(
              field, unknown.getKnownPropertyIds().stream().map(String::valueOf).sorted().toList());
    }
    String problem = firstLine(mapping.getOriginalMessage());
    // Jackson has no type of its own for this.
    return problem.startsWith("Missing creator property")
        ? field + " is missing"
        : (field.isEmpty() ? "" : field + ": ") + problem;
  }

  private static String firstLine(String message) {
    return message.lines().findFirst().orElse("");
  }
}
