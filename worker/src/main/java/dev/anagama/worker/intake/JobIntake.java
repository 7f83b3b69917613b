package dev.anagama.worker.intake;

import dev.anagama.contract.Topics;
import dev.anagama.platform.kafka.KafkaEnds;
import dev.anagama.platform.kafka.KafkaSettings;
import dev.anagama.platform.objectstore.ObjectStoreException;
import dev.anagama.worker.fleet.EngineFleet;
import dev.anagama.worker.publish.JobRecords;
import dev.anagama.worker.publish.Outcomes;
import dev.anagama.worker.publish.Publisher;
import dev.anagama.worker.retry.Backoff;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
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
 * then the partitions of its {@link PriorityClass} are paused and polling goes on, so that the
 * group keeps its member however long jobs run.
 *
 * <p><b>Exactly one terminal event for each job id:</b> see {@link AnsweringRule}.
 *
 * <p><b>Attempts are counted before they begin:</b> see {@link Attempts} and {@link StartOrder}.
 *
 * <p><b>When a partition goes</b> to another worker, see {@link PartitionChanges}.
 */
public final class JobIntake implements AutoCloseable {
  /** The consumer group of all workers. */
  public static final String GROUP = "anagama-workers";

  /** Most jobs that may be taken and not stored. */
  public static final int MAX_JOBS_IN_HAND = CommittedProgress.MAX_UNFINISHED;

  private static final Logger log = LoggerFactory.getLogger(JobIntake.class);

  /** While jobs are in hand the thread looks after their ends this often. */
  private static final Duration BUSY_POLL = Duration.ofMillis(10);

  /**
   * The same while the engines have plenty to do next. Whoever waits in that queue waits for longer
   * than this, and what ends or begins meanwhile is one transaction, whose price is the broker's
   * and this process's processor time whatever is in it.
   */
  private static final Duration FULL_POLL = Duration.ofMillis(50);

  private static final Duration IDLE_POLL = Duration.ofMillis(200);
  private static final Duration CLOSE = Duration.ofSeconds(5);
  private static final long READY_WAIT_MILLIS = 200;

  /** After this a cycle begins nothing more, so that polling and committing go on. */
  private static final long CYCLE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static final String RECORDS_PER_POLL = "64";

  /** Commits that a change of partitions may refuse one after the other before that is a worry. */
  private static final int ROUTINE_FAILURES = 3;

  private final KafkaSettings kafka;
  private final Options options;
  private final EngineFleet engines;
  private final UnwantedJobs unwanted;
  private final Backoff backoff;
  private final Thread thread;
  private final CountDownLatch stopping = new CountDownLatch(1);
  private volatile boolean takingStopped;
  private volatile @Nullable Throwable failure;

  // What follows is the thread's alone.
  private final Map<TopicPartition, HeldPartition> held = new HashMap<>();
  private final FetchedRecords fetched = new FetchedRecords();
  private final JobsInHand inHand = new JobsInHand();
  private final StartOrder<HeldJob> starts = new StartOrder<>();
  private final IntakeWatch watch = new IntakeWatch();
  private final Ledger ledger;
  private final OutcomeTaker outcomeTaker;
  private final RecordTaker recordTaker;
  private final JobStarter starter;
  private int failures;
  private long retryAtNanos = System.nanoTime();
  private int storeFailures;
  private long takeAtNanos = System.nanoTime();

  /**
   * What the intake is told.
   *
   * @param worker its name; no two workers may have the same
   * @param jobsInHandLimit most jobs that are taken and not stored, 1 to {@value
   *     #MAX_JOBS_IN_HAND}
   */
  public record Options(String worker, int jobsInHandLimit) {
    /** Checks the range. */
    public Options {
      if (jobsInHandLimit < 1 || jobsInHandLimit > MAX_JOBS_IN_HAND) {
        throw new IllegalArgumentException(
            "jobsInHandLimit is %d; allowed: 1 to %d".formatted(jobsInHandLimit, MAX_JOBS_IN_HAND));
      }
    }
  }

  /**
   * Who the intake works with.
   *
   * @param engines get the jobs
   * @param unwanted tells which jobs are not to be done
   * @param publisher gets those
   * @param outcomes where what became of jobs comes back
   * @param records looked into for jobs that have ended before
   */
  public record Neighbours(
      EngineFleet engines,
      UnwantedJobs unwanted,
      Publisher publisher,
      Outcomes outcomes,
      JobRecords records) {}

  /**
   * Pauses after failures.
   *
   * @param ofIntake of the intake itself, when Kafka or the store does not answer
   * @param ofJobs of a job whose attempt has failed
   */
  public record Pauses(Backoff ofIntake, Backoff ofJobs) {}

  private JobIntake(
      KafkaSettings kafka,
      Options options,
      Neighbours neighbours,
      Map<String, CompletableFuture<Void>> ready,
      Pauses pauses,
      Clock clock) {
    this.kafka = kafka;
    this.options = options;
    this.engines = neighbours.engines();
    this.unwanted = neighbours.unwanted();
    this.backoff = pauses.ofIntake();
    DeadLetters letters = new DeadLetters(options.worker(), clock);
    this.ledger =
        new Ledger(new LedgerTransactions(kafka, options.worker()), neighbours.outcomes());
    this.outcomeTaker =
        new OutcomeTaker(inHand, starts, ledger, letters, neighbours, pauses.ofJobs());
    this.recordTaker = new RecordTaker(inHand, starts, ledger, letters, neighbours);
    this.starter = new JobStarter(starts, ledger, neighbours);
    this.thread = new Thread(() -> run(Map.copyOf(ready)), "anagama-intake");
  }

  /**
   * Starts the thread.
   *
   * @param ready no job is taken before all of these complete, by what they stand for
   */
  public static JobIntake start(
      KafkaSettings kafka,
      Options options,
      Neighbours neighbours,
      Map<String, CompletableFuture<Void>> ready,
      Pauses pauses,
      Clock clock) {
    JobIntake intake = new JobIntake(kafka, options, neighbours, ready, pauses, clock);
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

  /** Commits what is finished, hands back the rest, leaves the group and stops the thread. */
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

  private void run(Map<String, CompletableFuture<Void>> ready) {
    try {
      if (!awaitAll(ready)) {
        return;
      }
      Map<String, String> properties = new HashMap<>(kafka.properties());
      properties.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, RECORDS_PER_POLL);
      KafkaSettings settings = new KafkaSettings(kafka.bootstrapServers(), properties);
      Consumer<String, byte[]> consumer =
          KafkaEnds.groupConsumer(settings, "anagama-worker-" + options.worker(), GROUP);
      try {
        boolean subscribed = false;
        while (stopping.getCount() > 0) {
          if (subscribed) {
            cycle(consumer);
          } else if (settleLastLife()) {
            consumer.subscribe(Topics.ALL_JOBS, changes(consumer));
            subscribed = true;
          }
        }
      } finally {
        // Leaving revokes the partitions, which commits what is finished.
        consumer.close(CloseOptions.timeout(CLOSE));
        ledger.close();
      }
    } catch (InterruptedException | InterruptException e) {
      log.info("the intake was interrupted");
    } catch (RuntimeException | Error e) {
      failure = e;
      log.error("the intake has failed and takes no more jobs", e);
    }
  }

  /** Returns false if the intake is to stop before. */
  private boolean awaitAll(Map<String, CompletableFuture<Void>> ready) throws InterruptedException {
    for (Map.Entry<String, CompletableFuture<Void>> each : ready.entrySet()) {
      while (!each.getValue().isDone()) {
        if (stopping.await(READY_WAIT_MILLIS, TimeUnit.MILLISECONDS)) {
          return false;
        }
        watch.see(each.getKey(), System.nanoTime());
      }
    }
    return true;
  }

  /**
   * Ends a transaction that a process of the same name has left open. Until it has ended, Kafka
   * does not say which offsets are committed.
   */
  private boolean settleLastLife() throws InterruptedException {
    try {
      ledger.open();
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
    unwanted.tell(engines, inHand);
    try {
      consumer.poll(pollFor()).forEach(fetched::add);
      if (System.nanoTime() - retryAtNanos >= 0) {
        long untilNanos = System.nanoTime() + CYCLE_NANOS;
        outcomeTaker.take(untilNanos);
        takeRecords(consumer, untilNanos);
        starter.count(System.nanoTime());
        ledger.commit(consumer);
        starter.handOver(System.nanoTime());
        failures = 0;
      }
    } catch (InterruptException e) {
      throw e;
    } catch (KafkaException e) {
      // Nothing was changed by what failed: it is tried again, and polling goes on meanwhile.
      failures++;
      long pauseMillis = backoff.pauseMillis(failures);
      retryAtNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(pauseMillis);
      if (PartitionChanges.isRoutine(e) && failures <= ROUTINE_FAILURES) {
        log.info("intake: partitions change hands, commits again in {} ms", pauseMillis);
      } else {
        log.warn("intake: try {} failed, next in {} ms: {}", failures, pauseMillis, e.toString());
      }
    }
    pauseOrResume(consumer);
    if (watch.due(System.nanoTime())) {
      watch.see(awaited(consumer), System.nanoTime());
    }
  }

  private Duration pollFor() {
    if (inHand.size() == 0 && ledger.isEmpty()) {
      return IDLE_POLL;
    }
    return starter.isWellAhead() ? FULL_POLL : BUSY_POLL;
  }

  /** While the store does not answer no record is taken, but what has ended is told. */
  private void takeRecords(Consumer<String, byte[]> consumer, long untilNanos) {
    if (System.nanoTime() - takeAtNanos < 0) {
      return;
    }
    try {
      recordTaker.takeLoose(untilNanos);
      takeFetched(consumer, untilNanos);
      storeFailures = 0;
    } catch (ObjectStoreException e) {
      storeFailures++;
      long pauseMillis = backoff.pauseMillis(storeFailures);
      takeAtNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(pauseMillis);
      log.warn("intake: taking jobs failed, next in {} ms: {}", pauseMillis, e.toString());
    }
  }

  /** Fetched records, while there are places for jobs. */
  private void takeFetched(Consumer<String, byte[]> consumer, long untilNanos) {
    for (long nowNanos = System.nanoTime();
        !takingStopped && starts.takes(nowNanos) && nowNanos - untilNanos < 0;
        nowNanos = System.nanoTime()) {
      long now = nowNanos;
      Optional<ConsumerRecord<String, byte[]>> next = fetched.next(of -> hasRoom(of, now));
      if (next.isEmpty()) {
        return;
      }
      ConsumerRecord<String, byte[]> record = next.get();
      HeldPartition partition = held.get(new TopicPartition(record.topic(), record.partition()));
      if (partition != null && !recordTaker.take(consumer, partition, record)) {
        return;
      }
      fetched.removeFirst(PriorityClass.of(record.topic()));
    }
  }

  private boolean hasRoom(PriorityClass of, long nowNanos) {
    return inHand.size() < options.jobsInHandLimit()
        && of.hasRoom(inHand::size, options.jobsInHandLimit())
        && starter.hasRoom(of, nowNanos);
  }

  /** Of each class more is fetched when what was fetched is taken. */
  private void pauseOrResume(Consumer<String, byte[]> consumer) {
    Set<TopicPartition> wanted = new HashSet<>(consumer.assignment());
    if (takingStopped) {
      wanted.clear();
    }
    wanted.removeIf(partition -> !fetched.isEmpty(PriorityClass.of(partition.topic())));
    Set<TopicPartition> paused = consumer.paused();
    Set<TopicPartition> full = new HashSet<>(consumer.assignment());
    full.removeAll(wanted);
    if (!paused.equals(full)) {
      consumer.resume(wanted);
      consumer.pause(full);
    }
  }

  /** What holds jobs up, as far as it is seen from here; empty if nothing does. */
  private String awaited(Consumer<String, byte[]> consumer) {
    Set<TopicPartition> assigned = new HashSet<>(consumer.assignment());
    if (assigned.isEmpty()) {
      return "the group to give it partitions";
    }
    assigned.removeAll(consumer.paused());
    if (assigned.stream().anyMatch(partition -> consumer.currentLag(partition).isEmpty())) {
      return "the committed offset or the first answer of a partition";
    }
    if (inHand.size() > 0) {
      // Whoever reads this knows from the count of steps whether an engine moves.
      return engines.running() > 0
          ? "a step after step %d".formatted(engines.steps())
          : "a job in hand to begin or to be stored";
    }
    return "";
  }

  private PartitionChanges changes(Consumer<String, byte[]> consumer) {
    return new PartitionChanges(
        consumer, held, fetched, inHand, starts, ledger, outcomeTaker, starter, engines);
  }
}
