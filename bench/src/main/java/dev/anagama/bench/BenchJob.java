package dev.anagama.bench;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.anagama.v1.GuidanceInterval;
import dev.anagama.v1.JobSpec;
import dev.anagama.v1.Sampler;
import dev.anagama.v1.Schedule;
import java.util.Locale;
import java.util.Optional;

/**
 * A job of a benchmark, as the gateway takes it and as the engine does.
 *
 * @param model name of the model
 * @param classLabel what to show
 * @param images how many
 * @param seed of the noise
 * @param steps of the reverse process
 * @param guidanceScale 1 + w
 * @param interval where guidance acts; empty for everywhere
 * @param sampler how steps are taken
 * @param schedule their noise levels
 */
public record BenchJob(
    String model,
    int classLabel,
    int images,
    long seed,
    int steps,
    double guidanceScale,
    Optional<GuidanceInterval> interval,
    Sampler sampler,
    Schedule schedule) {

  /** The body of a submission over HTTP. */
  public ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("model", model)
        .put("class_label", classLabel)
        .put("num_images", images)
        .put("seed", seed)
        .put("num_inference_steps", steps)
        .put("guidance_scale", guidanceScale)
        .put("sampler", word(sampler, "SAMPLER_"))
        .put("schedule", word(schedule, "SCHEDULE_"));
    interval.ifPresent(
        levels ->
            json.putObject("guidance_interval")
                .put("min_log_snr", levels.getMinLogSnr())
                .put("max_log_snr", levels.getMaxLogSnr()));
    return json;
  }

  /** What the gateway makes of it. */
  public JobSpec toSpec() {
    JobSpec.Builder spec =
        JobSpec.newBuilder()
            .setModel(model)
            .setClassLabel(classLabel)
            .setNumImages(images)
            .setSeed(seed)
            .setNumInferenceSteps(steps)
            .setGuidanceScale(guidanceScale)
            .setSampler(sampler)
            .setSchedule(schedule);
    interval.ifPresent(spec::setGuidanceInterval);
    return spec.build();
  }

  private static String word(Enum<?> value, String prefix) {
    return value.name().substring(prefix.length()).toLowerCase(Locale.ROOT);
  }
}
