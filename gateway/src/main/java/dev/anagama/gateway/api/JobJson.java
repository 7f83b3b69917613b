package dev.anagama.gateway.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Timestamps;
import dev.anagama.gateway.models.ModelCatalog;
import dev.anagama.v1.GuidanceProjection;
import dev.anagama.v1.Job;
import dev.anagama.v1.JobFailed;
import dev.anagama.v1.JobProgress;
import dev.anagama.v1.JobSpec;
import dev.anagama.v1.JobState;
import dev.anagama.v1.Priority;
import dev.anagama.v1.Provenance;
import dev.anagama.v1.Sampler;
import dev.anagama.v1.Schedule;
import dev.anagama.v1.StoredImage;
import java.util.Locale;
import java.util.Optional;

/**
 * Jobs in their public JSON form. Names are those of the protocol buffers, enums are words in lower
 * case, times are RFC 3339 in UTC; what is not known is left out, and {@code images} is always
 * there.
 */
public final class JobJson {
  /** Names of classes, where they are known. */
  @FunctionalInterface
  public interface ClassNames {
    /** The name of a class of a model, by its label. */
    Optional<String> of(String model, int label);
  }

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private final ClassNames classNames;

  /** Takes the names of classes from {@code catalog}. */
  JobJson(ModelCatalog catalog) {
    this((model, label) -> catalog.find(model).flatMap(named -> named.className(label)));
  }

  /** Takes the names of classes from {@code classNames}. */
  public JobJson(ClassNames classNames) {
    this.classNames = classNames;
  }

  /** Where image {@code index} of a job is, as a path. */
  static String imagePath(String id, int index) {
    return jobPath(id) + "/images/" + index;
  }

  /** Where a job is, as a path. */
  static String jobPath(String id) {
    return "/v1/jobs/" + id;
  }

  /** The state as a word, for example {@code queued}. */
  static String word(JobState state) {
    return word(state, "JOB_STATE_");
  }

  /** The sampler as a word, for example {@code ddim}. */
  static String word(Sampler sampler) {
    return word(sampler, "SAMPLER_");
  }

  /** The schedule as a word, for example {@code cosine}. */
  static String word(Schedule schedule) {
    return word(schedule, "SCHEDULE_");
  }

  /** A job. */
  public ObjectNode of(Job job) {
    ObjectNode json = JSON.objectNode();
    json.put("id", job.getId());
    json.put("state", word(job.getState()));
    json.set("spec", spec(job.getSpec()));
    if (job.hasProgress()) {
      json.set("progress", progress(job.getProgress()));
    }
    ArrayNode images = json.putArray("images");
    job.getImagesList().forEach(image -> images.add(image(job.getId(), image)));
    if (job.hasProvenance()) {
      json.set("provenance", provenance(job.getProvenance()));
    }
    if (job.hasError()) {
      json.set("error", error(job.getError()));
    }
    json.put("created_at", time(job.getCreatedAt()));
    if (job.hasStartedAt()) {
      json.put("started_at", time(job.getStartedAt()));
    }
    if (job.hasEndedAt()) {
      json.put("ended_at", time(job.getEndedAt()));
    }
    if (job.hasResultsExpireAt()) {
      json.put("results_expire_at", time(job.getResultsExpireAt()));
    }
    return json;
  }

  static String time(Timestamp timestamp) {
    return Timestamps.toString(timestamp);
  }

  private ObjectNode spec(JobSpec spec) {
    ObjectNode json = JSON.objectNode();
    json.put("model", spec.getModel());
    if (spec.hasClassLabel()) {
      json.put("class_label", spec.getClassLabel());
      classNames
          .of(spec.getModel(), spec.getClassLabel())
          .ifPresent(name -> json.put("class_name", name));
    }
    json.put("num_images", spec.getNumImages());
    json.put("seed", spec.getSeed());
    json.put("num_inference_steps", spec.getNumInferenceSteps());
    json.put("guidance_scale", spec.getGuidanceScale());
    if (spec.hasGuidanceInterval()) {
      json.putObject("guidance_interval")
          .put("min_log_snr", spec.getGuidanceInterval().getMinLogSnr())
          .put("max_log_snr", spec.getGuidanceInterval().getMaxLogSnr());
    }
    if (spec.hasGuidanceRescale()) {
      json.put("guidance_rescale", spec.getGuidanceRescale());
    }
    if (spec.hasDynamicThreshold()) {
      json.put("dynamic_threshold", spec.getDynamicThreshold());
    }
    if (spec.hasGuidanceProjection()) {
      json.set("guidance_projection", projection(spec.getGuidanceProjection()));
    }
    json.put("sampler", word(spec.getSampler()));
    if (spec.getSchedule() != Schedule.SCHEDULE_UNSPECIFIED) {
      json.put("schedule", word(spec.getSchedule()));
    }
    if (spec.hasEta()) {
      json.put("eta", spec.getEta());
    }
    if (spec.getPriority() != Priority.PRIORITY_UNSPECIFIED) {
      json.put("priority", word(spec.getPriority(), "PRIORITY_"));
    }
    if (spec.hasDeadline()) {
      json.put("deadline", time(spec.getDeadline()));
    }
    return json;
  }

  private static ObjectNode projection(GuidanceProjection projection) {
    ObjectNode json = JSON.objectNode().put("eta", projection.getEta());
    if (projection.hasNormLimit()) {
      json.put("norm_limit", projection.getNormLimit());
    }
    return json.put("momentum", projection.getMomentum());
  }

  private static ObjectNode progress(JobProgress progress) {
    return JSON.objectNode()
        .put("steps_done", progress.getStepsDone())
        .put("steps_total", progress.getStepsTotal())
        .put("images_done", progress.getImagesDone())
        .put("worker", progress.getWorker())
        .put("at", time(progress.getAt()));
  }

  private static ObjectNode image(String id, StoredImage image) {
    return JSON.objectNode()
        .put("index", image.getIndex())
        .put("url", imagePath(id, image.getIndex()))
        .put("sha256", image.getSha256())
        .put("size_bytes", image.getSizeBytes())
        .put("content_type", image.getContentType())
        .put("width", image.getWidth())
        .put("height", image.getHeight());
  }

  private static ObjectNode provenance(Provenance provenance) {
    return JSON.objectNode()
        .put("model", provenance.getModel())
        .put("checkpoint_version", provenance.getCheckpointVersion())
        .put("weights_sha256", provenance.getWeightsSha256())
        .put("noise_algorithm", provenance.getNoiseAlgorithm())
        .put("precision", provenance.getPrecision())
        .put("device", provenance.getDevice())
        .put("worker", provenance.getWorker());
  }

  private static ObjectNode error(JobFailed error) {
    return JSON.objectNode()
        .put("category", word(error.getCategory(), "FAILURE_CATEGORY_"))
        .put("message", error.getMessage())
        .put("dead_lettered", error.getDeadLettered());
  }

  private static String word(Enum<?> value, String prefix) {
    // A value that is newer than this gateway has no name here; protobuf calls it UNRECOGNIZED.
    String name = value.name();
    return (name.startsWith(prefix) ? name.substring(prefix.length()) : name)
        .toLowerCase(Locale.ROOT);
  }
}
