package dev.anagama.gateway.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.ProtocolMessageEnum;
import dev.anagama.gateway.models.JobLimits;
import dev.anagama.v1.CheckpointRefused;
import dev.anagama.v1.CheckpointServed;
import dev.anagama.v1.Model;
import dev.anagama.v1.ModelCard;
import dev.anagama.v1.Sampler;
import dev.anagama.v1.Schedule;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/** Models in their public JSON form. */
public final class ModelJson {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private ModelJson() {}

  /** Every model, under {@code models}. */
  public static ObjectNode all(List<Model> models) {
    ObjectNode json = JSON.objectNode();
    ArrayNode array = json.putArray("models");
    models.forEach(model -> array.add(of(model)));
    return json;
  }

  /** One model, with its defaults, what a job may ask for, and what the workers make of it. */
  public static ObjectNode of(Model model) {
    ModelCard card = model.getCard();
    ObjectNode json = JSON.objectNode();
    json.put("name", model.getName());
    json.put("version", model.getVersion());
    json.put("published_at", JobJson.time(model.getPublishedAt()));
    json.put("is_default", model.getIsDefault());
    json.putObject("image")
        .put("channels", card.getChannels())
        .put("height", card.getHeight())
        .put("width", card.getWidth());
    ArrayNode names = json.putArray("class_names");
    card.getClassNamesList().forEach(names::add);
    json.putObject("defaults")
        .put("num_images", 1)
        .put("num_inference_steps", card.getDefaultNumInferenceSteps())
        .put("guidance_scale", card.getDefaultGuidanceScale())
        .put("sampler", JobJson.word(card.getDefaultSampler()))
        .put("schedule", JobJson.word(card.getDefaultSchedule()));
    json.set("limits", limits());
    ArrayNode served = json.putArray("served");
    model.getServedList().forEach(report -> served.add(of(report)));
    json.set("refused", refused(model.getRefusedList()));
    return json;
  }

  /** Versions that workers have refused, each with its reason. */
  static ArrayNode refused(List<CheckpointRefused> reports) {
    ArrayNode refused = JSON.arrayNode();
    reports.forEach(report -> refused.add(of(report)));
    return refused;
  }

  private static ObjectNode of(CheckpointServed report) {
    return JSON.objectNode()
        .put("model", report.getModel())
        .put("version", report.getVersion())
        .put("worker", report.getWorker())
        .put("device", report.getDevice())
        .put("precision", report.getPrecision())
        .put("at", JobJson.time(report.getAt()));
  }

  private static ObjectNode of(CheckpointRefused report) {
    return JSON.objectNode()
        .put("model", report.getModel())
        .put("version", report.getVersion())
        .put("worker", report.getWorker())
        .put("device", report.getDevice())
        .put("precision", report.getPrecision())
        .put("reason", report.getReason())
        .put("at", JobJson.time(report.getAt()));
  }

  private static ObjectNode limits() {
    ObjectNode json = JSON.objectNode();
    json.putObject("num_images")
        .put("min", JobLimits.MIN_NUM_IMAGES)
        .put("max", JobLimits.MAX_NUM_IMAGES);
    json.putObject("seed").put("min", 0).put("max", JobLimits.MAX_SEED);
    json.putObject("num_inference_steps")
        .put("min", JobLimits.MIN_NUM_INFERENCE_STEPS)
        .put("max", JobLimits.MAX_NUM_INFERENCE_STEPS);
    json.putObject("guidance_scale")
        .put("min", JobLimits.MIN_GUIDANCE_SCALE)
        .put("max", JobLimits.MAX_GUIDANCE_SCALE);
    json.putObject("guidance_interval")
        .put("min", JobLimits.MIN_LOG_SNR)
        .put("max", JobLimits.MAX_LOG_SNR);
    json.putObject("guidance_rescale").put("min", 0.0).put("max", JobLimits.MAX_GUIDANCE_RESCALE);
    json.putObject("dynamic_threshold")
        .put("min", JobLimits.MIN_DYNAMIC_THRESHOLD)
        .put("max", JobLimits.MAX_DYNAMIC_THRESHOLD);
    ObjectNode projection = json.putObject("guidance_projection");
    projection.putObject("eta").put("min", 0.0).put("max", JobLimits.MAX_ETA);
    projection.putObject("norm_limit").put("above", 0.0).put("max", JobLimits.MAX_NORM_LIMIT);
    projection
        .putObject("momentum")
        .put("min", -JobLimits.MAX_MOMENTUM)
        .put("max", JobLimits.MAX_MOMENTUM);
    json.set("sampler", words(Sampler.values(), JobJson::word));
    json.set("schedule", words(Schedule.values(), JobJson::word));
    json.putObject("eta").put("min", 0.0).put("max", JobLimits.MAX_ETA);
    return json;
  }

  /** The words of an enum, without the one for nothing chosen and the one for nothing known. */
  private static <E extends ProtocolMessageEnum> ArrayNode words(
      E[] values, Function<E, String> word) {
    ArrayNode words = JSON.arrayNode();
    Arrays.stream(values).skip(1).limit(values.length - 2).map(word).forEach(words::add);
    return words;
  }
}
