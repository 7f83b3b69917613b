package dev.anagama.bench.faults;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.anagama.contract.Topics;
import dev.anagama.platform.kafka.KafkaSettings;
import dev.anagama.platform.kafka.TopicTail;
import dev.anagama.v1.JobEvent;
import dev.anagama.v1.JobProgress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * What was promised and what was told: the jobs that the gateway has acknowledged, and the events
 * that a reader of committed records sees. Any thread may call.
 */
public final class JobLedger implements AutoCloseable {
  private final Set<String> acknowledged = ConcurrentHashMap.newKeySet();
  private final Map<String, List<JobEvent>> ends = new ConcurrentHashMap<>();
  private final Map<String, Integer> starts = new ConcurrentHashMap<>();
  private final Map<String, String> workers = new ConcurrentHashMap<>();
  private final Map<String, Integer> stepsDone = new ConcurrentHashMap<>();
  private final Consumer<JobEvent> onEnd;
  private final TopicTail tail;

  private JobLedger(KafkaSettings kafka, Consumer<JobEvent> onEnd) {
    this.onEnd = onEnd;
    this.tail =
        TopicTail.start(kafka, "fault-ledger", List.of(Topics.EVENTS, Topics.PROGRESS), this::read);
  }

  /**
   * Begins to read.
   *
   * @param onEnd hears each terminal event, on the one thread that reads
   */
  public static JobLedger start(KafkaSettings kafka, Consumer<JobEvent> onEnd) {
    return new JobLedger(kafka, onEnd);
  }

  /** The gateway has acknowledged a job. */
  public void acknowledged(String id) {
    acknowledged.add(id);
  }

  /** Ids of the acknowledged jobs. */
  public Set<String> acknowledged() {
    return Set.copyOf(acknowledged);
  }

  /** Terminal events of a job, in the order they were read. */
  public List<JobEvent> ends(String id) {
    return List.copyOf(ends.getOrDefault(id, List.of()));
  }

  /** Terminal events by job id. */
  public Map<String, List<JobEvent>> ends() {
    return Map.copyOf(ends);
  }

  /** How often a worker has begun a job. */
  public int starts(String id) {
    return starts.getOrDefault(id, 0);
  }

  /** Who was last heard to do a job; empty if nobody was. */
  public String worker(String id) {
    return workers.getOrDefault(id, "");
  }

  /** Most steps of a job that a worker has reported. */
  public int stepsDone(String id) {
    return stepsDone.getOrDefault(id, 0);
  }

  /** Acknowledged jobs without a terminal event. */
  public List<String> open() {
    return acknowledged.stream().filter(id -> !ends.containsKey(id)).sorted().toList();
  }

  /**
   * Waits until a job has ended.
   *
   * @return its first terminal event
   */
  public JobEvent awaitEnd(String id, Duration longest)
      throws InterruptedException, TimeoutException {
    Waiting.until("the end of job " + id, longest, () -> ends.containsKey(id));
    return ends(id).get(0);
  }

  /** Waits until every acknowledged job has ended. */
  public void awaitAll(Duration longest) throws InterruptedException, TimeoutException {
    try {
      Waiting.until("all jobs to end", longest, () -> open().isEmpty());
    } catch (TimeoutException e) {
      throw new TimeoutException(e.getMessage() + "; open are " + open());
    }
  }

  /** Waits until a worker has reported so many steps of a job. */
  public void awaitSteps(String id, int steps, Duration longest)
      throws InterruptedException, TimeoutException {
    Waiting.until("steps of job " + id, longest, () -> stepsDone(id) >= steps);
  }

  @Override
  public void close() {
    tail.close();
  }

  private void read(ConsumerRecord<String, byte[]> record) {
    try {
      if (record.topic().equals(Topics.PROGRESS)) {
        JobProgress progress = JobProgress.parseFrom(record.value());
        workers.put(progress.getJobId(), progress.getWorker());
        stepsDone.merge(progress.getJobId(), progress.getStepsDone(), Math::max);
      } else {
        read(JobEvent.parseFrom(record.value()));
      }
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException(
          "the record at %s-%d offset %d can not be read"
              .formatted(record.topic(), record.partition(), record.offset()),
          e);
    }
  }

  private void read(JobEvent event) {
    switch (event.getFactCase()) {
      case STARTED -> {
        workers.put(event.getJobId(), event.getStarted().getWorker());
        starts.merge(event.getJobId(), 1, Integer::sum);
      }
      case FACT_NOT_SET -> {
        // A fact of a later version, which is no end that this one knows.
      }
      case SUCCEEDED, FAILED, CANCELED, EXPIRED -> {
        ends.merge(event.getJobId(), List.of(event), JobLedger::both);
        onEnd.accept(event);
      }
    }
  }

  private static List<JobEvent> both(List<JobEvent> earlier, List<JobEvent> later) {
    List<JobEvent> all = new ArrayList<>(earlier);
    all.addAll(later);
    return List.copyOf(all);
  }
}
