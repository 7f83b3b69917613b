package dev.anagama.gateway;

import dev.anagama.contract.Topics;
import dev.anagama.gateway.models.ModelCatalog;
import dev.anagama.gateway.status.JobTails;
import dev.anagama.gateway.status.Readiness;
import dev.anagama.platform.kafka.KafkaSettings;
import dev.anagama.platform.kafka.TopicTail;
import dev.anagama.platform.kafka.Topology;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the topics and starts their tails, on a thread of its own, however long Kafka takes to be
 * there.
 *
 * <p>Events are read to their end before jobs. The other way round every job that the topic still
 * holds would stand in the table as live until its end was read; this way an ended job is known as
 * ended when its record comes by, and memory stays within the table's bound.
 */
final class TopicReaders implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(TopicReaders.class);

  private static final long PAUSE_MILLIS = 1_000;
  private static final long CLOSE_MILLIS = 5_000;

  private final KafkaSettings settings;
  private final Topology.Options options;
  private final ModelCatalog catalog;
  private final JobTails jobs;
  private final Readiness readiness;
  private final Thread starter = new Thread(this::start, "anagama-gateway-starter");
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Deque<TopicTail> tails = new ArrayDeque<>();

  TopicReaders(
      KafkaSettings settings,
      Topology.Options options,
      ModelCatalog catalog,
      JobTails jobs,
      Readiness readiness) {
    this.settings = settings;
    this.options = options;
    this.catalog = catalog;
    this.jobs = jobs;
    this.readiness = readiness;
    starter.setDaemon(true);
  }

  void begin() {
    starter.start();
  }

  @Override
  public void close() {
    closing.countDown();
    starter.interrupt();
    try {
      starter.join(CLOSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    synchronized (tails) {
      tails.forEach(TopicTail::close);
      tails.clear();
    }
  }

  private void start() {
    try {
      ensureTopics();
      TopicTail control = tail("control", List.of(Topics.CONTROL), catalog::accept);
      TopicTail events = tail("events", List.of(Topics.EVENTS), jobs::event);
      control.caughtUp().get();
      readiness.met(Readiness.Need.MODELS);
      events.caughtUp().get();
      TopicTail accepted = tail("jobs", Topics.ALL_JOBS, jobs::job);
      tail("progress", List.of(Topics.PROGRESS), jobs::progress);
      accepted.caughtUp().get();
      readiness.met(Readiness.Need.JOBS);
    } catch (InterruptedException | CancellationException | ExecutionException e) {
      log.debug("closed before everything was read", e);
    }
  }

  private TopicTail tail(String name, List<String> topics, TopicTail.Handler handler)
      throws InterruptedException {
    synchronized (tails) {
      if (closing.getCount() == 0) {
        throw new InterruptedException("closing");
      }
      TopicTail tail = TopicTail.start(settings, "gateway-" + name, topics, handler);
      tails.push(tail);
      return tail;
    }
  }

  private void ensureTopics() throws InterruptedException {
    while (true) {
      try {
        Topology.ensure(settings, options);
        return;
      } catch (InterruptException e) {
        throw new InterruptedException("closing");
      } catch (KafkaException e) {
        log.warn("the topics can not be made yet, trying on: {}", e.getMessage());
      }
      if (closing.await(PAUSE_MILLIS, TimeUnit.MILLISECONDS)) {
        throw new InterruptedException("closing");
      }
    }
  }
}
