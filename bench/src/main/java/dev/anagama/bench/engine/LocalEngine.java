package dev.anagama.bench.engine;

import dev.anagama.bench.BenchJob;
import dev.anagama.contract.Topics;
import dev.anagama.platform.config.Retention;
import dev.anagama.platform.objectstore.FileObjectStore;
import dev.anagama.platform.objectstore.ObjectStore;
import dev.anagama.v1.GenerationJob;
import dev.anagama.v1.JobEvent;
import dev.anagama.worker.engine.Engine;
import dev.anagama.worker.engine.EngineCommand;
import dev.anagama.worker.engine.EngineLimits;
import dev.anagama.worker.engine.EngineReport;
import dev.anagama.worker.publish.FinishedJob;
import dev.anagama.worker.publish.JobReporter;
import dev.anagama.worker.publish.Outcome;
import dev.anagama.worker.publish.Outcomes;
import dev.anagama.worker.publish.PartitionLease;
import dev.anagama.worker.publish.Publisher;
import dev.anagama.worker.publish.StoredEnd;
import dev.anagama.worker.publish.TakenJob;
import dev.anagama.worker.retry.Backoff;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * A worker's engine and publisher over a folder. Jobs are handed over directly and their ends are
 * taken here; only Kafka is missing. One thread drives it; {@link #publish} is for any.
 */
public final class LocalEngine implements AutoCloseable {
  /** Jobs that wait in the engine to begin; a worker's default. */
  static final int WAITING_JOBS = 64;

  private static final String NAME = "bench";
  private static final int PUBLISH_THREADS = 4;
  private static final int FINISHED_IMAGES = 8 * EngineLimits.MAX_ROWS;
  private static final int ENDS = 4096;

  private final PartitionLease lease = new PartitionLease(new TopicPartition(Topics.JOBS, 0));
  private final MockProducer<String, byte[]> reports =
      new MockProducer<>(true, null, new StringSerializer(), new ByteArraySerializer());
  private final ObjectStore store;
  private final Outcomes outcomes = new Outcomes(ENDS);
  private final Publisher publisher;
  private final JobReporter reporter;
  private final Engine engine;
  private final AtomicLong offset = new AtomicLong();
  private final AtomicInteger open = new AtomicInteger();

  private LocalEngine(Path folder, Clock clock) {
    this.store = new FileObjectStore(folder);
    Backoff backoff = new Backoff(200, 15_000, new SplittableRandom());
    this.publisher =
        new Publisher(store, outcomes, PUBLISH_THREADS, backoff, clock, Retention.FOREVER);
    this.reporter = new JobReporter(NAME, reports, clock);
    this.engine =
        Engine.start(
            NAME,
            NAME,
            new EngineLimits(
                WAITING_JOBS, FINISHED_IMAGES, Duration.ofSeconds(3), Duration.ofMinutes(2)),
            publisher,
            reporter,
            clock);
  }

  /**
   * Starts an engine that serves one model.
   *
   * @param folder where images are stored
   */
  public static LocalEngine start(ModelUnderTest model, Path folder, Clock clock)
      throws InterruptedException {
    LocalEngine local = new LocalEngine(folder, clock);
    local.engine.submit(new EngineCommand.Serve(model.served()));
    return local;
  }

  /**
   * Hands a job over.
   *
   * @param id used once
   * @return whether the engine has room for it to wait
   */
  public boolean offer(String id, BenchJob job) {
    if (!engine.offer(taken(id, job))) {
      return false;
    }
    open.incrementAndGet();
    return true;
  }

  /** Takes the ends that are there; the jobs' images are stored by now. */
  public void takeEnds(Consumer<JobEvent> listener) {
    requireHealth();
    for (Outcome outcome; (outcome = outcomes.peek()) != null; ) {
      if (!(outcome instanceof StoredEnd end) || !end.record().getTerminalEvent().hasSucceeded()) {
        throw new IllegalStateException("a job of the benchmark has failed: " + outcome);
      }
      JobEvent event = end.record().getTerminalEvent();
      outcomes.remove();
      outcomes.settled(1);
      open.decrementAndGet();
      listener.accept(event);
    }
    // It keeps what it is given for ever.
    reports.clear();
  }

  /** Jobs that were handed over and whose ends were not taken. */
  public int open() {
    return open.get();
  }

  /** What the engine has done so far. */
  EngineReport report() {
    return engine.report();
  }

  /** A job as the intake would hand it over. */
  TakenJob taken(String id, BenchJob job) {
    return new TakenJob(
        GenerationJob.newBuilder().setJobId(id).setTenant("default").setSpec(job.toSpec()).build(),
        lease,
        offset.getAndIncrement(),
        System.nanoTime());
  }

  /** Stores what something else than the engine has made; its end comes here like others. */
  void publish(FinishedJob finished) {
    open.incrementAndGet();
    publisher.publish(finished);
  }

  @Override
  public void close() {
    engine.close();
    publisher.close();
    reporter.close();
    store.close();
  }

  private void requireHealth() {
    engine
        .failure()
        .ifPresent(
            cause -> {
              throw new IllegalStateException("the engine has failed: " + cause, cause);
            });
  }
}
