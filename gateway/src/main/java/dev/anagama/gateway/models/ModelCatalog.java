package dev.anagama.gateway.models;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Timestamps;
import dev.anagama.contract.Identifiers;
import dev.anagama.contract.ReportKeys;
import dev.anagama.v1.CheckpointPublished;
import dev.anagama.v1.ControlEvent;
import dev.anagama.v1.ModelCard;
import dev.anagama.v1.Sampler;
import dev.anagama.v1.Schedule;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The models that are published, and what workers report of them. One thread feeds it the control
 * topic; any thread may read it. The last event of a key is its state, so reading the topic again
 * changes nothing.
 */
public final class ModelCatalog {
  private static final Logger log = LoggerFactory.getLogger(ModelCatalog.class);

  private final Optional<String> configuredDefault;
  private final ConcurrentSkipListMap<String, PublishedModel> models =
      new ConcurrentSkipListMap<>();
  private final WorkerReports reports;

  /**
   * An empty catalog.
   *
   * @param configuredDefault the model that jobs get that name none; without it that is the one
   *     model there is, if there is just one
   * @param clock tells how old the workers' reports are
   */
  public ModelCatalog(Optional<String> configuredDefault, Clock clock) {
    this.configuredDefault = configuredDefault;
    this.reports = new WorkerReports(clock);
  }

  /**
   * Takes one record of the control topic. A record that can not be used leaves things as they are.
   */
  public void accept(ConsumerRecord<String, byte[]> record) {
    if (record.key() == null) {
      log.warn("control record at offset {} has no key; it is passed over", record.offset());
      return;
    }
    if (record.value() == null) {
      models.remove(record.key());
      reports.remove(record.key());
      return;
    }
    try {
      apply(record.key(), ControlEvent.parseFrom(record.value()));
    } catch (InvalidProtocolBufferException e) {
      log.warn(
          "control record of '{}' at offset {} is no ControlEvent; it is passed over: {}",
          record.key(),
          record.offset(),
          e.getMessage());
    }
  }

  /** Every published model, by name. */
  public List<PublishedModel> all() {
    return List.copyOf(models.values());
  }

  /** The published model of that name. */
  public Optional<PublishedModel> find(String name) {
    return Optional.ofNullable(models.get(name));
  }

  /** What the workers make of the published checkpoints. */
  public WorkerReports reports() {
    return reports;
  }

  /** The name of the model that jobs get that name none; it may not be published yet. */
  public Optional<String> defaultName() {
    if (configuredDefault.isPresent()) {
      return configuredDefault;
    }
    List<PublishedModel> all = all();
    return all.size() == 1 ? Optional.of(all.get(0).name()) : Optional.empty();
  }

  /** Names of the published models, in order, for messages. */
  public String names() {
    return String.join(", ", models.keySet());
  }

  private void apply(String key, ControlEvent event) {
    boolean report = event.hasServed() || event.hasRefused();
    if (report != ReportKeys.isReport(key)) {
      log.warn("control event of '{}' tells {}; it is passed over", key, event.getFactCase());
      return;
    }
    switch (event.getFactCase()) {
      case PUBLISHED -> publish(key, event);
      case WITHDRAWN -> models.remove(key);
      case SERVED -> report(key, event, event.getServed().getAt());
      case REFUSED -> report(key, event, event.getRefused().getAt());
      case FACT_NOT_SET ->
          log.warn("control event of '{}' tells a fact unknown here; it is passed over", key);
    }
  }

  private void report(String key, ControlEvent event, Timestamp at) {
    if (Timestamps.isValid(event.getOccurredAt()) && Timestamps.isValid(at)) {
      reports.put(key, event);
    } else {
      log.warn("report '{}' tells a time outside the years 1 to 9999; it is passed over", key);
    }
  }

  private void publish(String name, ControlEvent event) {
    CheckpointPublished published = event.getPublished();
    List<String> problems = problems(name, published);
    if (!problems.isEmpty()) {
      log.warn(
          "model '{}' version '{}' is not offered: {}", name, published.getVersion(), problems);
      return;
    }
    models.put(
        name,
        new PublishedModel(
            name, published.getVersion(), whole(published.getCard()), event.getOccurredAt()));
  }

  /** Cards from before there was a default schedule mean the one that there was. */
  private static ModelCard whole(ModelCard card) {
    return card.getDefaultSchedule() == Schedule.SCHEDULE_UNSPECIFIED
        ? card.toBuilder().setDefaultSchedule(Schedule.SCHEDULE_COSINE).build()
        : card;
  }

  /** What keeps a card from being a base for valid jobs; its publisher is another process. */
  private static List<String> problems(String name, CheckpointPublished published) {
    List<String> problems = new ArrayList<>();
    ModelCard card = published.getCard();
    if (!Identifiers.NAME.matcher(name).matches()) {
      problems.add("its name is malformed");
    }
    int steps = card.getDefaultNumInferenceSteps();
    if (steps < JobLimits.MIN_NUM_INFERENCE_STEPS || steps > JobLimits.MAX_NUM_INFERENCE_STEPS) {
      problems.add("default_num_inference_steps is " + steps);
    }
    double scale = card.getDefaultGuidanceScale();
    // Written so that NaN is refused too.
    if (!(scale >= JobLimits.MIN_GUIDANCE_SCALE && scale <= JobLimits.MAX_GUIDANCE_SCALE)) {
      problems.add("default_guidance_scale is " + scale);
    }
    if (card.getDefaultSampler() == Sampler.SAMPLER_UNSPECIFIED
        || card.getDefaultSampler() == Sampler.UNRECOGNIZED) {
      problems.add("default_sampler is " + card.getDefaultSampler());
    }
    if (card.getDefaultSchedule() == Schedule.UNRECOGNIZED) {
      problems.add("default_schedule is " + card.getDefaultScheduleValue());
    }
    return problems;
  }
}
