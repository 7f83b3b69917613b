package dev.anagama.gateway.status;

import dev.anagama.platform.kafka.KafkaSettings;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks Kafka every few seconds whether it is there, on a thread of its own. */
public final class KafkaWatch implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(KafkaWatch.class);

  private static final long PERIOD_MILLIS = 2_000;
  private static final int ANSWER_TIMEOUT_MILLIS = 2_000;
  private static final Duration CLOSE = Duration.ofSeconds(5);

  private final Readiness readiness;
  private final String bootstrapServers;
  private final Admin admin;
  private final Thread thread = new Thread(this::run, "anagama-gateway-kafka-watch");
  private final CountDownLatch closing = new CountDownLatch(1);

  private KafkaWatch(KafkaSettings settings, Readiness readiness) {
    this.readiness = readiness;
    this.bootstrapServers = settings.bootstrapServers();
    Map<String, Object> config = new HashMap<>(settings.properties());
    config.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
    config.put(CommonClientConfigs.CLIENT_ID_CONFIG, "anagama-gateway-watch");
    config.put(CommonClientConfigs.REQUEST_TIMEOUT_MS_CONFIG, ANSWER_TIMEOUT_MILLIS);
    config.put(CommonClientConfigs.DEFAULT_API_TIMEOUT_MS_CONFIG, ANSWER_TIMEOUT_MILLIS);
    this.admin = Admin.create(config);
    thread.setDaemon(true);
  }

  /** Starts to watch and to report {@link Readiness.Need#KAFKA}. */
  public static KafkaWatch start(KafkaSettings settings, Readiness readiness) {
    KafkaWatch watch = new KafkaWatch(settings, readiness);
    watch.thread.start();
    return watch;
  }

  /** Stops the thread and waits for it. */
  @Override
  public void close() {
    closing.countDown();
    thread.interrupt();
    try {
      thread.join(CLOSE.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    admin.close(CLOSE);
  }

  private void run() {
    try {
      do {
        ask();
      } while (!closing.await(PERIOD_MILLIS, TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      log.debug("closed while Kafka was asked");
    }
  }

  private void ask() throws InterruptedException {
    Optional<String> failure = failure();
    if (failure.isPresent()) {
      // One answer that is late on a busy machine is no loss of Kafka, and submissions are refused
      // for it.
      failure = failure();
    }
    if (failure.isEmpty()) {
      readiness.met(Readiness.Need.KAFKA);
    } else {
      readiness.lacking(
          Readiness.Need.KAFKA,
          "Kafka at %s does not answer: %s".formatted(bootstrapServers, failure.get()));
    }
  }

  /** Why Kafka does not answer; empty if it does. */
  private Optional<String> failure() throws InterruptedException {
    try {
      admin.describeCluster().nodes().get(2L * ANSWER_TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
      return Optional.empty();
    } catch (ExecutionException | TimeoutException e) {
      Throwable why = e.getCause() == null ? e : e.getCause();
      return Optional.of(String.valueOf(why.getMessage()));
    }
  }
}
