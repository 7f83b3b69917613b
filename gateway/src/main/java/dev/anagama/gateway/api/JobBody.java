package dev.anagama.gateway.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.Timestamp;
import dev.anagama.gateway.admission.Submission;
import dev.anagama.gateway.errors.FieldProblem;
import dev.anagama.gateway.models.JobLimits;
import dev.anagama.v1.GuidanceInterval;
import dev.anagama.v1.JobSpec;
import dev.anagama.v1.Priority;
import dev.anagama.v1.Sampler;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * Reads the body of a submission. What can be read goes into the spec, what can not becomes a
 * problem, so that a caller hears of everything at once; ranges are checked later, for both
 * protocols. A field that is {@code null} counts as left out.
 */
final class JobBody {
  private static final String INTEGER = "an integer from %d to %d";
  private static final String NUMBER = "a number from %.0f to %.0f";

  @FunctionalInterface
  private interface FieldReader {
    void read(JobBody body, String name, JsonNode value);
  }

  private static final Map<String, FieldReader> FIELDS = fields();

  private final JobSpec.Builder spec = JobSpec.newBuilder();
  private final List<FieldProblem> problems = new ArrayList<>();

  private JobBody() {}

  /**
   * Reads a body.
   *
   * @param id the id that the request names, if it names one
   * @throws dev.anagama.gateway.errors.RefusalException if the body is no JSON object
   */
  static Submission read(Optional<String> id, byte[] utf8) {
    ObjectNode json = JsonText.readObject(utf8);
    JobBody body = new JobBody();
    json.properties().forEach(field -> body.field(field.getKey(), field.getValue()));
    if (json.hasNonNull("class_label") && json.hasNonNull("class_name")) {
      body.problem("class_name", json.get("class_name"), "left out where class_label is given");
    }
    return new Submission(id, body.spec.build(), body.problems);
  }

  private static Map<String, FieldReader> fields() {
    Map<String, FieldReader> fields = new LinkedHashMap<>();
    fields.put("model", JobBody::model);
    fields.put("class_label", JobBody::classLabel);
    fields.put("class_name", JobBody::className);
    fields.put("num_images", JobBody::numImages);
    fields.put("seed", JobBody::seed);
    fields.put("num_inference_steps", JobBody::numInferenceSteps);
    fields.put("guidance_scale", JobBody::guidanceScale);
    fields.put("guidance_interval", JobBody::guidanceInterval);
    fields.put("sampler", JobBody::sampler);
    fields.put("priority", JobBody::priority);
    fields.put("deadline", JobBody::deadline);
    return fields;
  }

  private void field(String name, JsonNode value) {
    FieldReader reader = FIELDS.get(name);
    if (reader == null) {
      problem(name, value, NearestName.noSuchField(name, FIELDS.keySet()));
    } else if (!value.isNull()) {
      reader.read(this, name, value);
    }
  }

  private void problem(String name, JsonNode value, String allowed) {
    problems.add(new FieldProblem(name, value.toString(), allowed));
  }

  private void model(String name, JsonNode value) {
    if (value.isTextual() && !value.textValue().isEmpty()) {
      spec.setModel(value.textValue());
    } else {
      problem(name, value, "the name of a published model");
    }
  }

  private void classLabel(String name, JsonNode value) {
    integer(name, value, "an integer from 0 to the number of classes - 1")
        .ifPresent(spec::setClassLabel);
  }

  private void className(String name, JsonNode value) {
    if (value.isTextual()) {
      spec.setClassName(value.textValue());
    } else {
      problem(name, value, "the name of a class, in quotes");
    }
  }

  private void numImages(String name, JsonNode value) {
    String allowed = INTEGER.formatted(JobLimits.MIN_NUM_IMAGES, JobLimits.MAX_NUM_IMAGES);
    integer(name, value, allowed).ifPresent(spec::setNumImages);
  }

  private void seed(String name, JsonNode value) {
    if (value.isIntegralNumber() && value.canConvertToLong()) {
      spec.setSeed(value.longValue());
    } else {
      problem(name, value, INTEGER.formatted(0, JobLimits.MAX_SEED));
    }
  }

  private void numInferenceSteps(String name, JsonNode value) {
    String allowed =
        INTEGER.formatted(JobLimits.MIN_NUM_INFERENCE_STEPS, JobLimits.MAX_NUM_INFERENCE_STEPS);
    integer(name, value, allowed).ifPresent(spec::setNumInferenceSteps);
  }

  private void guidanceScale(String name, JsonNode value) {
    String allowed = NUMBER.formatted(JobLimits.MIN_GUIDANCE_SCALE, JobLimits.MAX_GUIDANCE_SCALE);
    number(name, value, allowed).ifPresent(spec::setGuidanceScale);
  }

  private void guidanceInterval(String name, JsonNode value) {
    List<String> ends = List.of("min_log_snr", "max_log_snr");
    String allowed = NUMBER.formatted(JobLimits.MIN_LOG_SNR, JobLimits.MAX_LOG_SNR);
    if (!(value instanceof ObjectNode interval)) {
      problem(name, value, "an object with min_log_snr and max_log_snr, each " + allowed);
      return;
    }
    for (Map.Entry<String, JsonNode> field : interval.properties()) {
      if (!ends.contains(field.getKey())) {
        problem(
            name + "." + field.getKey(),
            field.getValue(),
            NearestName.noSuchField(field.getKey(), ends));
      }
    }
    OptionalDouble min = end(name, interval, "min_log_snr", allowed);
    OptionalDouble max = end(name, interval, "max_log_snr", allowed);
    if (min.isPresent() && max.isPresent()) {
      spec.setGuidanceInterval(
          GuidanceInterval.newBuilder()
              .setMinLogSnr(min.getAsDouble())
              .setMaxLogSnr(max.getAsDouble()));
    }
  }

  private OptionalDouble end(String name, ObjectNode interval, String end, String allowed) {
    JsonNode value = interval.get(end);
    if (value == null) {
      problems.add(new FieldProblem(name + "." + end, "left out", allowed));
      return OptionalDouble.empty();
    }
    return number(name + "." + end, value, allowed);
  }

  private void sampler(String name, JsonNode value) {
    String word = value.isTextual() ? value.textValue() : "";
    switch (word) {
      case "ancestral" -> spec.setSampler(Sampler.SAMPLER_ANCESTRAL);
      case "ddim" -> spec.setSampler(Sampler.SAMPLER_DDIM);
      default -> problem(name, value, "\"ancestral\", \"ddim\"");
    }
  }

  private void priority(String name, JsonNode value) {
    String word = value.isTextual() ? value.textValue() : "";
    switch (word) {
      case "interactive" -> spec.setPriority(Priority.PRIORITY_INTERACTIVE);
      case "standard" -> spec.setPriority(Priority.PRIORITY_STANDARD);
      case "batch" -> spec.setPriority(Priority.PRIORITY_BATCH);
      default -> problem(name, value, "\"interactive\", \"standard\", \"batch\"");
    }
  }

  private void deadline(String name, JsonNode value) {
    try {
      Instant deadline =
          OffsetDateTime.parse(value.isTextual() ? value.textValue() : "").toInstant();
      spec.setDeadline(
          Timestamp.newBuilder()
              .setSeconds(deadline.getEpochSecond())
              .setNanos(deadline.getNano()));
    } catch (DateTimeParseException e) {
      problem(name, value, "a time by RFC 3339, such as \"2026-01-02T03:04:05Z\"");
    }
  }

  private OptionalInt integer(String name, JsonNode value, String allowed) {
    if (value.isIntegralNumber() && value.canConvertToInt()) {
      return OptionalInt.of(value.intValue());
    }
    problem(name, value, allowed);
    return OptionalInt.empty();
  }

  private OptionalDouble number(String name, JsonNode value, String allowed) {
    if (value.isNumber()) {
      return OptionalDouble.of(value.doubleValue());
    }
    problem(name, value, allowed);
    return OptionalDouble.empty();
  }
}
