package dev.anagama.gateway;

import static org.awaitility.Awaitility.await;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import dev.anagama.contract.ResultKeys;
import dev.anagama.contract.Topics;
import dev.anagama.platform.kafka.CloudEventRecords;
import dev.anagama.platform.kafka.KafkaEnds;
import dev.anagama.platform.kafka.KafkaSettings;
import dev.anagama.platform.kafka.TopicTail;
import dev.anagama.platform.objectstore.ObjectStore;
import dev.anagama.platform.objectstore.StoredObject;
import dev.anagama.v1.ControlEvent;
import dev.anagama.v1.GenerationJob;
import dev.anagama.v1.JobEvent;
import dev.anagama.v1.JobProgress;
import dev.anagama.v1.JobRecord;
import dev.anagama.v1.StoredImage;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Plays the worker and the trainer, step by step as a test tells it: it reads the real topics of
 * jobs and writes real events and results.
 */
final class TestWorker implements AutoCloseable {
  /** Longest for anything on a machine that is busy otherwise. */
  static final Duration PATIENCE = Duration.ofMinutes(2);

  private final KafkaSettings kafka;
  private final ObjectStore store;
  private final Producer<String, byte[]> producer;
  private final List<GenerationJob> seen = new CopyOnWriteArrayList<>();
  private final TopicTail jobs;

  TestWorker(KafkaSettings kafka, ObjectStore store) {
    this.kafka = kafka;
    this.store = store;
    this.producer = KafkaEnds.producer(kafka, "test-worker");
    this.jobs =
        TopicTail.start(
            kafka, "test-worker", Topics.ALL_JOBS, record -> seen.add(parsed(record.value())));
  }

  /** Waits for a job to come by. */
  GenerationJob take(String id) {
    await().until(() -> seen.stream().anyMatch(job -> job.getJobId().equals(id)));
    return seen.stream().filter(job -> job.getJobId().equals(id)).findFirst().orElseThrow();
  }

  /** Every record of a job that the topics of jobs hold now. */
  List<GenerationJob> recordsOf(String id) throws Exception {
    return records(Topics.ALL_JOBS, id).stream().map(record -> parsed(record.value())).toList();
  }

  /** The topic of every record of a job. */
  List<String> topicsOf(String id) throws Exception {
    return records(Topics.ALL_JOBS, id).stream().map(ConsumerRecord::topic).toList();
  }

  /** Every job that the topics of jobs hold now, once for each of its records. */
  List<GenerationJob> records() throws Exception {
    return records(Topics.ALL_JOBS).stream().map(record -> parsed(record.value())).toList();
  }

  private List<ConsumerRecord<String, byte[]>> records(List<String> topics, String key)
      throws Exception {
    return records(topics).stream().filter(record -> key.equals(record.key())).toList();
  }

  private List<ConsumerRecord<String, byte[]>> records(List<String> topics) throws Exception {
    List<ConsumerRecord<String, byte[]>> found = new CopyOnWriteArrayList<>();
    try (TopicTail reading = TopicTail.start(kafka, "test-count", topics, found::add)) {
      reading.caughtUp().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }
    return found;
  }

  /** Puts a job on a topic as a gateway would. */
  void append(String topic, GenerationJob job) {
    send(new ProducerRecord<>(topic, job.getJobId(), job.toByteArray()));
  }

  void publish(ControlEvent event) {
    send(new ProducerRecord<>(Topics.CONTROL, event.getModel(), event.toByteArray()));
  }

  /** Says what it makes of a checkpoint. */
  void report(String key, ControlEvent event) {
    send(new ProducerRecord<>(Topics.CONTROL, key, event.toByteArray()));
  }

  void start(GenerationJob job) {
    send(CloudEventRecords.of(Samples.started(job.getJobId(), 2)));
  }

  void progress(GenerationJob job, int stepsDone) {
    JobProgress progress = Samples.progress(job.getJobId(), 3, stepsDone);
    send(new ProducerRecord<>(Topics.PROGRESS, job.getJobId(), progress.toByteArray()));
  }

  /** Stores images and the record, then tells of the success. */
  void succeed(GenerationJob job) {
    JobEvent.Builder event = Samples.succeeded(job, 8).toBuilder();
    for (int index = 0; index < job.getSpec().getNumImages(); index++) {
      event.getSucceededBuilder().setImages(index, store(job.getJobId(), index));
    }
    end(job, event.build());
  }

  void fail(GenerationJob job) {
    end(job, Samples.failed(job.getJobId(), 8));
  }

  /** Waits for a wish to cancel to come by, and does it. */
  void cancelOnceAsked(GenerationJob job) {
    await().until(() -> !records(List.of(Topics.CANCELLATIONS), job.getJobId()).isEmpty());
    end(job, Samples.canceled(job.getJobId(), 8));
  }

  void expire(GenerationJob job) {
    end(job, Samples.expired(job.getJobId(), 8));
  }

  /** The bytes that {@link #succeed} stores. */
  static byte[] bytes(String id, int index) {
    return ("image " + index + " of " + id).getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    jobs.close();
    producer.close();
  }

  private StoredImage store(String id, int index) {
    StoredObject stored =
        store.put(ResultKeys.image(Samples.TENANT, id, index), bytes(id, index), "image/png");
    return Samples.image(id, index, stored.sha256(), stored.sizeBytes());
  }

  private void end(GenerationJob job, JobEvent event) {
    JobRecord record = JobRecord.newBuilder().setJob(job).setTerminalEvent(event).build();
    try {
      store.put(
          ResultKeys.manifest(Samples.TENANT, job.getJobId()),
          JsonFormat.printer().print(record).getBytes(StandardCharsets.UTF_8),
          "application/json");
    } catch (InvalidProtocolBufferException e) {
      throw new UncheckedIOException(e);
    }
    send(CloudEventRecords.of(event));
  }

  private void send(ProducerRecord<String, byte[]> record) {
    try {
      producer.send(record).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new IllegalStateException("the test's own record was not taken", e);
    }
  }

  private static GenerationJob parsed(byte[] value) {
    try {
      return GenerationJob.parseFrom(value);
    } catch (InvalidProtocolBufferException e) {
      throw new UncheckedIOException(e);
    }
  }
}
