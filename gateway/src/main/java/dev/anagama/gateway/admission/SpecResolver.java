package dev.anagama.gateway.admission;

import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Timestamps;
import dev.anagama.gateway.errors.FieldProblem;
import dev.anagama.gateway.errors.Refusal;
import dev.anagama.gateway.errors.RefusalException;
import dev.anagama.gateway.models.JobLimits;
import dev.anagama.gateway.models.ModelCatalog;
import dev.anagama.gateway.models.PublishedModel;
import dev.anagama.v1.GuidanceProjection;
import dev.anagama.v1.JobSpec;
import dev.anagama.v1.ModelCard;
import dev.anagama.v1.Priority;
import dev.anagama.v1.Sampler;
import dev.anagama.v1.Schedule;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Checks what was asked for and fills in what was not, by the model's card. What comes out has
 * every field set that has a default. No class means unconditional images, no guidance interval
 * guidance at every step, no other guidance field guidance without it, and no deadline a job that
 * may take any time.
 */
public final class SpecResolver {
  private static final int RETRY_AFTER_SECONDS = 10;

  private final ModelCatalog catalog;
  private final Clock clock;

  /** Resolves by the models in {@code catalog}; deadlines are measured by {@code clock}. */
  public SpecResolver(ModelCatalog catalog, Clock clock) {
    this.catalog = catalog;
    this.clock = clock;
  }

  /**
   * The full spec of the job {@code id}.
   *
   * @throws RefusalException naming every field that is wrong, or if there is no model yet
   */
  JobSpec resolve(String id, Submission submission) {
    JobSpec asked = submission.spec();
    List<FieldProblem> problems = new ArrayList<>(submission.problems());
    checkRanges(asked, problems);
    checkUrgency(asked, problems);
    Optional<PublishedModel> model = model(asked, problems);
    JobSpec.Builder full = asked.toBuilder();
    model.ifPresent(m -> resolveCondition(m, full, problems));
    model.ifPresent(m -> SamplingChecks.checkEta(full, m.card().getDefaultSampler(), problems));
    if (model.isEmpty() || !problems.isEmpty()) {
      throw new RefusalException(Refusal.Invalid.fields(problems));
    }
    return withDefaults(id, model.get(), full);
  }

  private static JobSpec withDefaults(String id, PublishedModel model, JobSpec.Builder full) {
    ModelCard card = model.card();
    full.setModel(model.name());
    if (!full.hasNumImages()) {
      full.setNumImages(1);
    }
    if (!full.hasSeed()) {
      full.setSeed(JobIds.seed(id));
    }
    if (!full.hasNumInferenceSteps()) {
      full.setNumInferenceSteps(card.getDefaultNumInferenceSteps());
    }
    if (!full.hasGuidanceScale()) {
      full.setGuidanceScale(card.getDefaultGuidanceScale());
    }
    if (full.getSampler() == Sampler.SAMPLER_UNSPECIFIED) {
      full.setSampler(card.getDefaultSampler());
    }
    if (full.getSchedule() == Schedule.SCHEDULE_UNSPECIFIED) {
      full.setSchedule(card.getDefaultSchedule());
    }
    if (full.getSampler() == Sampler.SAMPLER_DDIM && !full.hasEta()) {
      full.setEta(0);
    }
    if (full.hasGuidanceProjection()) {
      GuidanceProjection given = full.getGuidanceProjection();
      full.getGuidanceProjectionBuilder().setEta(given.getEta()).setMomentum(given.getMomentum());
    }
    if (full.getPriority() == Priority.PRIORITY_UNSPECIFIED) {
      full.setPriority(Priority.PRIORITY_STANDARD);
    }
    return full.build();
  }

  /** What does not depend on the model. */
  private static void checkRanges(JobSpec asked, List<FieldProblem> problems) {
    if (asked.hasNumImages()) {
      checkInteger(
          "num_images",
          asked.getNumImages(),
          JobLimits.MIN_NUM_IMAGES,
          JobLimits.MAX_NUM_IMAGES,
          problems);
    }
    if (asked.hasSeed()) {
      checkInteger("seed", asked.getSeed(), 0, JobLimits.MAX_SEED, problems);
    }
    if (asked.hasNumInferenceSteps()) {
      checkInteger(
          "num_inference_steps",
          asked.getNumInferenceSteps(),
          JobLimits.MIN_NUM_INFERENCE_STEPS,
          JobLimits.MAX_NUM_INFERENCE_STEPS,
          problems);
    }
    SamplingChecks.check(asked, problems);
  }

  private void checkUrgency(JobSpec asked, List<FieldProblem> problems) {
    if (asked.getPriority() == Priority.UNRECOGNIZED) {
      problems.add(
          new FieldProblem(
              "priority",
              Integer.toString(asked.getPriorityValue()),
              "interactive (1), standard (2), batch (3)"));
    }
    if (!asked.hasDeadline()) {
      return;
    }
    Timestamp deadline = asked.getDeadline();
    boolean valid = Timestamps.isValid(deadline);
    Instant now = clock.instant();
    Instant latest = now.plus(JobLimits.MAX_DEADLINE_AHEAD);
    // Only a valid one is within the range of Instant.
    if (!valid || !after(deadline, now) || after(deadline, latest)) {
      problems.add(
          new FieldProblem(
              "deadline",
              valid
                  ? Timestamps.toString(deadline)
                  : "%d s and %d ns".formatted(deadline.getSeconds(), deadline.getNanos()),
              "a time after %s, when the request came, and at most %d hours after it"
                  .formatted(now, JobLimits.MAX_DEADLINE_AHEAD.toHours())));
    }
  }

  private static boolean after(Timestamp timestamp, Instant instant) {
    return Instant.ofEpochSecond(timestamp.getSeconds(), timestamp.getNanos()).isAfter(instant);
  }

  private static void checkInteger(
      String field, long value, long min, long max, List<FieldProblem> problems) {
    if (value < min || value > max) {
      problems.add(
          new FieldProblem(
              field, Long.toString(value), "an integer from %d to %d".formatted(min, max)));
    }
  }

  private Optional<PublishedModel> model(JobSpec asked, List<FieldProblem> problems) {
    if (catalog.all().isEmpty()) {
      throw unavailable("no checkpoint is published yet, so there is no model to ask for");
    }
    if (!asked.getModel().isEmpty()) {
      Optional<PublishedModel> named = catalog.find(asked.getModel());
      if (named.isEmpty()) {
        problems.add(new FieldProblem("model", asked.getModel(), catalog.names()));
      }
      return named;
    }
    Optional<String> byDefault = catalog.defaultName();
    if (byDefault.isEmpty()) {
      problems.add(
          new FieldProblem(
              "model", "left out", "one of " + catalog.names() + "; there is no default"));
      return Optional.empty();
    }
    Optional<PublishedModel> model = catalog.find(byDefault.get());
    if (model.isEmpty()) {
      throw unavailable(
          "the default model '%s' is not published yet; published: %s"
              .formatted(byDefault.get(), catalog.names()));
    }
    return model;
  }

  private static void resolveCondition(
      PublishedModel model, JobSpec.Builder spec, List<FieldProblem> problems) {
    List<String> names = model.card().getClassNamesList();
    switch (spec.getConditionCase()) {
      case CLASS_LABEL -> {
        if (spec.getClassLabel() < 0 || spec.getClassLabel() >= names.size()) {
          problems.add(
              new FieldProblem(
                  "class_label",
                  Integer.toString(spec.getClassLabel()),
                  names.isEmpty()
                      ? "none; model '%s' has no classes".formatted(model.name())
                      : "an integer from 0 to %d".formatted(names.size() - 1)));
        }
      }
      case CLASS_NAME -> {
        int label = label(names, spec.getClassName());
        if (label < 0) {
          problems.add(
              new FieldProblem("class_name", spec.getClassName(), String.join(", ", names)));
        } else {
          spec.setClassLabel(label);
        }
      }
      case CONDITION_NOT_SET -> {
        // Unconditional images: nothing to resolve.
      }
    }
  }

  /** The label of a name, by its exact spelling or else in any case; -1 if there is none. */
  private static int label(List<String> names, String name) {
    int exact = names.indexOf(name);
    if (exact >= 0) {
      return exact;
    }
    for (int label = 0; label < names.size(); label++) {
      if (names.get(label).equalsIgnoreCase(name)) {
        return label;
      }
    }
    return -1;
  }

  private static RefusalException unavailable(String detail) {
    return new RefusalException(new Refusal.Unavailable(detail, RETRY_AFTER_SECONDS));
  }
}
