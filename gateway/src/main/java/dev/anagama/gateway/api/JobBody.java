package dev.anagama.gateway.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.Timestamp;
import dev.anagama.gateway.admission.Submission;
import dev.anagama.gateway.errors.FieldProblem;
import dev.anagama.gateway.models.JobLimits;
import dev.anagama.v1.GuidanceInterval;
import dev.anagama.v1.GuidanceProjection;
import dev.anagama.v1.JobSpec;
import dev.anagama.v1.Priority;
import dev.anagama.v1.Sampler;
import dev.anagama.v1.Schedule;
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
    fields.put("guidance_rescale", JobBody::guidanceRescale);
    fields.put("dynamic_threshold", JobBody::dynamicThreshold);
    fields.put("guidance_projection", JobBody::guidanceProjection);
    fields.put("sampler", JobBody::sampler);
    fields.put("schedule", JobBody::schedule);
    fields.put("eta", JobBody::eta);
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
    String allowed =
        JobLimits.numberFrom(JobLimits.MIN_GUIDANCE_SCALE, JobLimits.MAX_GUIDANCE_SCALE);
    number(name, value, allowed).ifPresent(spec::setGuidanceScale);
  }

  private void guidanceInterval(String name, JsonNode value) {
    List<String> ends = List.of("min_log_snr", "max_log_snr");
    String allowed = JobLimits.numberFrom(JobLimits.MIN_LOG_SNR, JobLimits.MAX_LOG_SNR);
    if (!(value instanceof ObjectNode interval)) {
      problem(name, value, "an object with min_log_snr and max_log_snr, each " + allowed);
      return;
    }
    unknownFields(name, interval, ends);
    OptionalDouble min = end(name, interval, "min_log_snr", allowed);
    OptionalDouble max = end(name, interval, "max_log_snr", allowed);
    if (min.isPresent() && max.isPresent()) {
      spec.setGuidanceInterval(
          GuidanceInterval.newBuilder()
              .setMinLogSnr(min.getAsDouble())
              .setMaxLogSnr(max.getAsDouble()));
    }
  }

  private void unknownFields(String name, ObjectNode object, List<String> known) {
    for (Map.Entry<String, JsonNode> field : object.properties()) {
      if (!known.contains(field.getKey())) {
        problem(
            name + "." + field.getKey(),
            field.getValue(),
            NearestName.noSuchField(field.getKey(), known));
      }
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
      case "dpmpp_2m" -> spec.setSampler(Sampler.SAMPLER_DPMPP_2M);
      case "heun" -> spec.setSampler(Sampler.SAMPLER_HEUN);
      default -> problem(name, value, "\"ancestral\", \"ddim\", \"dpmpp_2m\", \"heun\"");
    }
  }

  private void schedule(String name, JsonNode value) {
    String word = value.isTextual() ? value.textValue() : "";
    switch (word) {
      case "cosine" -> spec.setSchedule(Schedule.SCHEDULE_COSINE);
      case "linear_log_snr" -> spec.setSchedule(Schedule.SCHEDULE_LINEAR_LOG_SNR);
      case "edm" -> spec.setSchedule(Schedule.SCHEDULE_EDM);
      default -> problem(name, value, "\"cosine\", \"linear_log_snr\", \"edm\"");
    }
  }

  private void eta(String name, JsonNode value) {
    number(name, value, JobLimits.numberFrom(0, JobLimits.MAX_ETA)).ifPresent(spec::setEta);
  }

  private void guidanceRescale(String name, JsonNode value) {
    number(name, value, JobLimits.numberFrom(0, JobLimits.MAX_GUIDANCE_RESCALE))
        .ifPresent(spec::setGuidanceRescale);
  }

  private void dynamicThreshold(String name, JsonNode value) {
    String allowed =
        JobLimits.numberFrom(JobLimits.MIN_DYNAMIC_THRESHOLD, JobLimits.MAX_DYNAMIC_THRESHOLD);
    number(name, value, allowed).ifPresent(spec::setDynamicThreshold);
  }

  private void guidanceProjection(String name, JsonNode value) {
    List<String> known = List.of("eta", "norm_limit", "momentum");
    if (!(value instanceof ObjectNode projection)) {
      problem(name, value, "an object with eta, norm_limit, momentum, each a number or left out");
      return;
    }
    unknownFields(name, projection, known);
    GuidanceProjection.Builder builder = spec.getGuidanceProjectionBuilder();
    part(name, projection, "eta").ifPresent(builder::setEta);
    part(name, projection, "norm_limit").ifPresent(builder::setNormLimit);
    part(name, projection, "momentum").ifPresent(builder::setMomentum);
  }

  private OptionalDouble part(String name, ObjectNode object, String part) {
    JsonNode value = object.get(part);
    return value == null || value.isNull()
        ? OptionalDouble.empty()
        : number(name + "." + part, value, "a number");
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
