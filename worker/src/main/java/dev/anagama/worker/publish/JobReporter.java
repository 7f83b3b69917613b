package dev.anagama.worker.publish;

import dev.anagama.contract.Topics;
import dev.anagama.platform.kafka.CloudEventRecords;
import dev.anagama.v1.JobEvent;
import dev.anagama.v1.JobProgress;
import dev.anagama.v1.JobStarted;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells of jobs that have begun and how far they are. Nothing is decided by these reports, so they
 * are lossy: whoever reports never waits, and what Kafka does not take in time is dropped and
 * counted. Its own thread sends, because a Kafka producer may block while the brokers are away.
 */
public final class JobReporter implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(JobReporter.class);

  private static final int QUEUE = 1024;
  private static final long WAIT_MILLIS = 200;
  private static final Duration CLOSE = Duration.ofSeconds(2);

  private final String worker;
  private final Clock clock;
  private final Producer<String, byte[]> producer;
  private final BlockingQueue<ProducerRecord<String, byte[]>> queue =
      new ArrayBlockingQueue<>(QUEUE);
  private final AtomicLong dropped = new AtomicLong();
  private final Thread thread;
  private volatile boolean stopping;

  /**
   * Starts the thread.
   *
   * @param worker the worker's name, as the reports give it
   * @param producer not transactional; owned by the reporter from here on
   */
  public JobReporter(String worker, Producer<String, byte[]> producer, Clock clock) {
    this.worker = worker;
    this.producer = producer;
    this.clock = clock;
    this.thread = new Thread(this::run, "anagama-reports");
    this.thread.start();
  }

  /** The first step of a job has begun. */
  public void started(TakenJob taken, Instant at) {
    JobEvent event =
        JobEvent.newBuilder()
            .setEventId(taken.id() + ":started")
            .setJobId(taken.id())
            .setTenant(taken.job().getTenant())
            .setOccurredAt(EventTime.of(at))
            .setStarted(JobStarted.newBuilder().setWorker(worker))
            .build();
    offer(CloudEventRecords.of(event));
  }

  /**
   * How far a job is.
   *
   * @param stepsDone of its slowest image
   * @param stepsTotal of each image
   * @param imagesDone finished images
   */
  public void progress(TakenJob taken, int stepsDone, int stepsTotal, int imagesDone) {
    JobProgress progress =
        JobProgress.newBuilder()
            .setJobId(taken.id())
            .setStepsDone(stepsDone)
            .setStepsTotal(stepsTotal)
            .setImagesDone(imagesDone)
            .setWorker(worker)
            .setAt(EventTime.of(clock.instant()))
            .build();
    offer(new ProducerRecord<>(Topics.PROGRESS, taken.id(), progress.toByteArray()));
  }

  /** Reports that were lost since the start. */
  public long dropped() {
    return dropped.get();
  }

  /** Sends what is queued, within bounds, and stops the thread. */
  @Override
  public void close() {
    stopping = true;
    try {
      thread.join(CLOSE.toMillis() * 2);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    producer.close(CLOSE);
  }

  private void offer(ProducerRecord<String, byte[]> record) {
    if (!queue.offer(record)) {
      dropped.incrementAndGet();
    }
  }

  private void run() {
    while (!stopping || !queue.isEmpty()) {
      try {
        ProducerRecord<String, byte[]> record = queue.poll(WAIT_MILLIS, TimeUnit.MILLISECONDS);
        if (record != null) {
          send(record);
        }
      } catch (InterruptedException e) {
        log.debug("reports: interrupted");
        return;
      } catch (KafkaException | IllegalStateException e) {
        // Also after close() gave up waiting for this thread and closed the producer under it.
        dropped.incrementAndGet();
        log.debug("a report was lost: {}", e.toString());
      }
    }
  }

  private void send(ProducerRecord<String, byte[]> record) {
    var unused =
        producer.send(
            record,
            (metadata, failure) -> {
              if (failure != null) {
                dropped.incrementAndGet();
                log.debug("a report was lost: {}", failure.toString());
              }
            });
  }
}
