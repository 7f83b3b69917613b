package dev.anagama.worker.engine;

import dev.anagama.diffusion.guidance.Guidance;
import dev.anagama.v1.JobSpec;
import dev.anagama.worker.schedule.Demand;

/**
 * What a job asks of one version of a model, checked against it.
 *
 * @param run the version that makes the images
 * @param group the steps they take
 * @param condition class label, or the model's null condition
 * @param guidance of every image; none for an unconditional job
 * @param images how many, 1 to {@value #MAX_IMAGES}
 * @param seed of the noise
 */
record JobPlan(
    ModelRun run, ScheduleGroup group, long condition, Guidance guidance, int images, long seed) {
  /** Most images in a job. */
  static final int MAX_IMAGES = 64;

  private static final int MAX_STEPS = 1000;

  /** w at a step. */
  private double weight(int step) {
    return guidance.weightAt(group.steps().get(step).logSnr());
  }

  /** What it asks of the device: a step without guidance costs one network row. */
  Demand demand() {
    return new Demand(
        run.pool(),
        images,
        group.steps().size(),
        step -> weight(step) == 0 ? 1 : Demand.MAX_NETWORK_ROWS);
  }

  /**
   * Checks a job.
   *
   * @throws InvalidJobException if it asks for what the model or this worker can not do. The
   *     gateway has checked the same; but the topic is open to others, and the model may have
   *     changed since
   */
  static JobPlan of(JobSpec spec, ModelRun run) throws InvalidJobException {
    require(spec.hasNumImages(), "num_images", "not set", "1 to 64");
    int images = spec.getNumImages();
    require(images >= 1 && images <= MAX_IMAGES, "num_images", images, "1 to 64");
    require(spec.hasSeed(), "seed", "not set", "a number");
    require(spec.hasNumInferenceSteps(), "num_inference_steps", "not set", "1 to 1000");
    int steps = spec.getNumInferenceSteps();
    require(steps >= 1 && steps <= MAX_STEPS, "num_inference_steps", steps, "1 to 1000");
    long condition = condition(spec, run.served());
    return new JobPlan(
        run,
        run.group(JobSampling.key(spec, steps)),
        condition,
        // Without a condition both predictions are the same, and guidance is nothing.
        condition == run.served().manifest().nullCondition()
            ? JobSampling.unguided(spec)
            : JobSampling.guidance(spec),
        images,
        spec.getSeed());
  }

  private static long condition(JobSpec spec, ServedModel model) throws InvalidJobException {
    int classes = model.manifest().classNames().size();
    return switch (spec.getConditionCase()) {
      case CLASS_LABEL -> {
        int label = spec.getClassLabel();
        require(
            label >= 0 && label < classes,
            "class_label",
            label,
            "0 to %d, the classes of %s".formatted(classes - 1, model));
        yield label;
      }
      case CLASS_NAME ->
          throw new InvalidJobException(
              "class_name is '%s'; allowed: class_label, as accepted jobs have it"
                  .formatted(spec.getClassName()));
      case CONDITION_NOT_SET -> model.manifest().nullCondition();
    };
  }

  static void require(boolean holds, String field, Object value, String allowed)
      throws InvalidJobException {
    if (!holds) {
      throw new InvalidJobException("%s is %s; allowed: %s".formatted(field, value, allowed));
    }
  }
}
