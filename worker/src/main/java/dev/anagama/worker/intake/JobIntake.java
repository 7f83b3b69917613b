package dev.anagama.worker.intake;

import dev.anagama.contract.Topics;
import dev.anagama.platform.kafka.KafkaEnds;
import dev.anagama.platform.kafka.KafkaSettings;
import dev.anagama.platform.objectstore.ObjectStoreException;
import dev.anagama.v1.GenerationJob;
import dev.anagama.v1.JobRecord;
import dev.anagama.worker.fleet.EngineFleet;
import dev.anagama.worker.publish.FinishedJob;
import dev.anagama.worker.publish.JobRecords;
import dev.anagama.worker.publish.PartitionLease;
import dev.anagama.worker.publish.Publisher;
import dev.anagama.worker.publish.StoredEnd;
import dev.anagama.worker.publish.StoredEnds;
import dev.anagama.worker.publish.TakenJob;
import dev.anagama.worker.retry.Backoff;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes jobs from Kafka and gives their ends back to it. One thread owns the group consumer and the
 * transactional producer.
 *
 * <p><b>Reserve, then take.</b> A record is taken only when there is a place for its job; until
 * then partitions are paused and polling goes on, so that the group keeps its member however long
 * jobs run.
 *
 * <p><b>Exactly one terminal event for each job id:</b> see {@link AnsweringRule}.
 *
 * <p><b>When a partition goes</b> to another worker, what is finished is committed, and the rest is
 * dropped by ending the partition's lease; what is stored already, the other worker finds.
 */
public final class JobIntake implements AutoCloseable {
  /** The consumer group of all workers. */
  public static final String GROUP = "anagama-workers";

  /** Most jobs that may be taken and not stored. */
  public static final int MAX_JOBS_IN_HAND = CommittedProgress.MAX_UNFINISHED;

  private static final Logger log = LoggerFactory.getLogger(JobIntake.class);

  /** While jobs are in hand the thread looks after their ends this often. */
  private static final Duration BUSY_POLL = Duration.ofMillis(10);

  private static final Duration IDLE_POLL = Duration.ofMillis(200);
  private static final Duration CLOSE = Duration.ofSeconds(5);
  private static final long READY_WAIT_MILLIS = 200;

  /** After this a cycle begins nothing more, so that polling and committing go on. */
  private static final long CYCLE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static final String RECORDS_PER_POLL = "64";

  private final KafkaSettings kafka;
  private final String worker;
  private final int jobsInHandLimit;
  private final EngineFleet engines;
  private final UnwantedJobs unwanted;
  private final Publisher publisher;
  private final StoredEnds ends;
  private final JobRecords records;
  private final Backoff backoff;
  private final Thread thread;
  private final CountDownLatch stopping = new CountDownLatch(1);
  private volatile boolean takingStopped;
  private volatile @Nullable Throwable failure;

  // What follows is the thread's alone.
  private final Map<TopicPartition, HeldPartition> held = new HashMap<>();
  private final Answers answers;
  private final AnsweringRule rule;
  private final Deque<ConsumerRecord<String, byte[]>> fetched = new ArrayDeque<>();
  private final Map<String, TakenJob> inHand = new HashMap<>();
  private int failures;
  private long retryAtNanos = System.nanoTime();

  private JobIntake(
      KafkaSettings kafka,
      String worker,
      int jobsInHandLimit,
      EngineFleet engines,
      UnwantedJobs unwanted,
      Publisher publisher,
      StoredEnds ends,
      JobRecords records,
      CompletableFuture<Void> ready,
      Backoff backoff) {
    if (jobsInHandLimit < 1 || jobsInHandLimit > MAX_JOBS_IN_HAND) {
      throw new IllegalArgumentException(
          "jobsInHandLimit is %d; allowed: 1 to %d".formatted(jobsInHandLimit, MAX_JOBS_IN_HAND));
    }
    this.kafka = kafka;
    this.worker = worker;
    this.jobsInHandLimit = jobsInHandLimit;
    this.engines = engines;
    this.unwanted = unwanted;
    this.publisher = publisher;
    this.ends = ends;
    this.records = records;
    this.backoff = backoff;
    this.answers = new Answers(new AnswerTransactions(kafka, worker), held, ends);
    this.rule = new AnsweringRule(new FirstRecord(kafka, worker));
    this.thread = new Thread(() -> run(ready), "anagama-intake");
  }

  /**
   * Starts the thread.
   *
   * @param worker its name; no two workers may have the same
   * @param jobsInHandLimit most jobs that are taken and not stored, at most {@value
   *     #MAX_JOBS_IN_HAND}
   * @param engines get the jobs
   * @param unwanted tells which jobs are not to be done
   * @param publisher gets those
   * @param ends where their ends come back
   * @param records looked into for jobs that have ended before
   * @param ready no job is taken before it completes
   */
  public static JobIntake start(
      KafkaSettings kafka,
      String worker,
      int jobsInHandLimit,
      EngineFleet engines,
      UnwantedJobs unwanted,
      Publisher publisher,
      StoredEnds ends,
      JobRecords records,
      CompletableFuture<Void> ready,
      Backoff backoff) {
    JobIntake intake =
        new JobIntake(
            kafka,
            worker,
            jobsInHandLimit,
            engines,
            unwanted,
            publisher,
            ends,
            records,
            ready,
            backoff);
    intake.thread.start();
    return intake;
  }

  /** Takes no more jobs; ends are still told. */
  public void stopTaking() {
    takingStopped = true;
  }

  /** What ended the thread, if it did not end by {@link #close}. */
  public Optional<Throwable> failure() {
    return Optional.ofNullable(failure);
  }

  /** Commits what is finished, leaves the group and stops the thread. */
  @Override
  public void close() {
    takingStopped = true;
    stopping.countDown();
    try {
      thread.join(2L * KafkaEnds.CALL_TIMEOUT_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (thread.isAlive()) {
      log.warn("Kafka does not answer; the intake's thread is left behind");
    }
  }

  private void run(CompletableFuture<Void> ready) {
    try {
      while (!ready.isDone()) {
        if (stopping.await(READY_WAIT_MILLIS, TimeUnit.MILLISECONDS)) {
          return;
        }
      }
      Map<String, String> properties = new HashMap<>(kafka.properties());
      properties.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, RECORDS_PER_POLL);
      KafkaSettings settings = new KafkaSettings(kafka.bootstrapServers(), properties);
      Consumer<String, byte[]> consumer =
          KafkaEnds.groupConsumer(settings, "anagama-worker-" + worker, GROUP);
      try {
        boolean subscribed = false;
        while (stopping.getCount() > 0) {
          if (subscribed) {
            cycle(consumer);
          } else if (settleLastLife()) {
            consumer.subscribe(List.of(Topics.JOBS), new Rebalance(consumer));
            subscribed = true;
          }
        }
      } finally {
        // Leaving revokes the partitions, which commits what is finished.
        consumer.close(CloseOptions.timeout(CLOSE));
        answers.close();
      }
    } catch (InterruptedException | InterruptException e) {
      log.info("the intake was interrupted");
    } catch (RuntimeException | Error e) {
      failure = e;
      log.error("the intake has failed and takes no more jobs", e);
    }
  }

  /**
   * Ends a transaction that a process of the same name has left open. Until it has ended, Kafka
   * does not say which offsets are committed.
   */
  private boolean settleLastLife() throws InterruptedException {
    try {
      answers.open();
      return true;
    } catch (KafkaException e) {
      failures++;
      long pauseMillis = backoff.pauseMillis(failures);
      log.warn("intake: Kafka does not answer, next try in {} ms: {}", pauseMillis, e.toString());
      if (stopping.await(pauseMillis, TimeUnit.MILLISECONDS)) {
        log.debug("intake: stopping before it began");
      }
      return false;
    }
  }

  private void cycle(Consumer<String, byte[]> consumer) throws InterruptedException {
    unwanted.tell(engines, inHand.values());
    try {
      consumer
          .poll(inHand.isEmpty() && answers.isEmpty() ? IDLE_POLL : BUSY_POLL)
          .forEach(fetched::add);
      if (System.nanoTime() - retryAtNanos >= 0) {
        long untilNanos = System.nanoTime() + CYCLE_NANOS;
        collect(untilNanos);
        take(consumer, untilNanos);
        answers.commit(consumer);
        failures = 0;
      }
    } catch (InterruptException e) {
      throw e;
    } catch (ObjectStoreException | KafkaException e) {
      // Nothing was changed by what failed: it is tried again, and polling goes on meanwhile.
      failures++;
      long pauseMillis = backoff.pauseMillis(failures);
      retryAtNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(pauseMillis);
      log.warn("intake: try {} failed, next in {} ms: {}", failures, pauseMillis, e.toString());
    }
    pauseOrResume(consumer);
  }

  /** Ends that came from publishing. */
  private void collect(long untilNanos) {
    for (StoredEnd end; (end = ends.peek()) != null && System.nanoTime() - untilNanos < 0; ) {
      TakenJob taken = end.taken();
      if (taken.lease().ended()) {
        ends.told(1);
      } else {
        answers.add(new Answer(taken.lease(), taken.offset(), true, rule.event(end)));
        inHand.remove(taken.id());
        engines.ended(taken.id());
      }
      ends.remove();
    }
  }

  /** Fetched records, while there is room for jobs. */
  private void take(Consumer<String, byte[]> consumer, long untilNanos) {
    while (!takingStopped
        && !fetched.isEmpty()
        && inHand.size() < jobsInHandLimit
        && System.nanoTime() - untilNanos < 0) {
      ConsumerRecord<String, byte[]> record = fetched.element();
      HeldPartition partition = held.get(new TopicPartition(record.topic(), record.partition()));
      if (partition != null && !take(consumer, partition, record)) {
        return;
      }
      fetched.remove();
    }
  }

  private boolean take(
      Consumer<String, byte[]> consumer,
      HeldPartition partition,
      ConsumerRecord<String, byte[]> record) {
    OffsetWatermark watermark = partition.watermark(consumer, record.offset());
    if (watermark.finished(record.offset())) {
      return true;
    }
    JobDecoder.Decoded decoded = JobDecoder.decode(record);
    if (decoded instanceof JobDecoder.Decoded.Poison poison) {
      log.warn("{} offset {}: {}", partition.lease(), record.offset(), poison.reason());
      watermark.take(record.offset());
      var letter = DeadLetters.of(record, poison.reason());
      answers.add(new Answer(partition.lease(), record.offset(), false, Optional.of(letter)));
    } else if (decoded instanceof JobDecoder.Decoded.Job job) {
      return take(partition.lease(), watermark, record.offset(), job.job());
    }
    return true;
  }

  private boolean take(
      PartitionLease lease, OffsetWatermark watermark, long offset, GenerationJob job) {
    TakenJob taken = new TakenJob(job, lease, offset, System.nanoTime());
    if (inHand.containsKey(taken.id())) {
      log.info("{}: a duplicate, finished in silence", taken);
      watermark.take(offset);
      answers.add(new Answer(lease, offset, false, Optional.empty()));
      return true;
    }
    // One read of the store for each job: it costs less than a job that is done twice.
    Optional<JobRecord> ended = records.find(job);
    if (ended.isPresent()) {
      var event = rule.event(new StoredEnd(taken, ended.get(), false));
      watermark.take(offset);
      answers.add(new Answer(lease, offset, false, event));
      return true;
    }
    Optional<FinishedJob> end = unwanted.end(taken);
    if (end.isPresent()) {
      publisher.publish(end.get());
    } else if (!engines.offer(taken)) {
      return false;
    }
    watermark.take(offset);
    inHand.put(taken.id(), taken);
    return true;
  }

  private void pauseOrResume(Consumer<String, byte[]> consumer) {
    if (fetched.isEmpty() && !takingStopped) {
      consumer.resume(consumer.paused());
    } else if (!consumer.paused().containsAll(consumer.assignment())) {
      consumer.pause(consumer.assignment());
    }
  }

  /** Called by the consumer while it polls or closes, on the thread. */
  private final class Rebalance implements ConsumerRebalanceListener {
    private final Consumer<String, byte[]> consumer;

    Rebalance(Consumer<String, byte[]> consumer) {
      this.consumer = consumer;
    }

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
      partitions.forEach(p -> held.put(p, new HeldPartition(new PartitionLease(p))));
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
      try {
        collect(System.nanoTime() + CYCLE_NANOS);
        answers.commit(consumer);
      } catch (ObjectStoreException | KafkaException e) {
        // It is stored, so the next holder tells it.
        log.warn("finished jobs of {} go untold: {}", partitions, e.toString());
      }
      release(partitions);
    }

    @Override
    public void onPartitionsLost(Collection<TopicPartition> partitions) {
      release(partitions);
    }

    private void release(Collection<TopicPartition> partitions) {
      for (TopicPartition partition : partitions) {
        HeldPartition released = held.remove(partition);
        if (released != null) {
          released.lease().end();
        }
      }
      fetched.removeIf(r -> partitions.contains(new TopicPartition(r.topic(), r.partition())));
      inHand.values().removeIf(taken -> taken.lease().ended());
      answers.dropEnded();
      engines.leasesChanged();
    }
  }
}
