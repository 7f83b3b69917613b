package dev.anagama.platform.kafka;

import dev.anagama.contract.Topics;
import dev.anagama.platform.config.KafkaConfig;
import dev.anagama.platform.config.Retention;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The topics as they are made when they are not there. */
public final class Topology {
  /** Partitions of the events and of the progress topic. */
  public static final int EVENT_PARTITIONS = 12;

  // Results are kept at least as long, so that a job that is read again is answered from them.
  private static final Duration JOBS_KEPT = Retention.LEAST;
  private static final Duration EVENTS_KEPT = Duration.ofDays(7);
  private static final Duration PROGRESS_KEPT = Duration.ofHours(1);

  /** A cancelled job may lie in its queue for long; until this has passed it is still found. */
  public static final Duration CANCELLATIONS_KEPT = Duration.ofHours(24);

  private static final Duration DEAD_LETTERS_KEPT = Duration.ofDays(30);

  // Retention acts on whole closed segments, so one must close sooner than its records expire.
  private static final Duration PROGRESS_SEGMENT = Duration.ofMinutes(15);
  private static final Duration CANCELLATIONS_SEGMENT = Duration.ofHours(1);

  private static final String CLIENT = "anagama-topology";

  private static final Logger log = LoggerFactory.getLogger(Topology.class);

  private Topology() {}

  /**
   * What topics are made with.
   *
   * @param jobPartitions partitions of each topic of jobs, 1 to 1000
   * @param replication copies of each topic, 1 to 9
   */
  public record Options(int jobPartitions, short replication) {
    /** Refuses what is out of range. */
    public Options {
      require("jobPartitions", jobPartitions, 1000);
      require("replication", replication, 9);
    }

    /** The options that the configuration holds. */
    public static Options of(KafkaConfig config) {
      return new Options(config.jobPartitions(), config.replication());
    }

    private static void require(String field, int value, int max) {
      if (value < 1 || value > max) {
        throw new IllegalArgumentException(
            "%s is %d; allowed: 1 to %d".formatted(field, value, max));
      }
    }
  }

  /**
   * Makes the topics that are missing and leaves the others as they are. On return every partition
   * of what was made takes records.
   *
   * @throws KafkaException if the cluster can not be reached in {@link
   *     KafkaEnds#CALL_TIMEOUT_MILLIS} or refuses a topic
   */
  public static void ensure(KafkaSettings settings, Options options) {
    try {
      make(settings, topics(options));
    } catch (KafkaException e) {
      throw new KafkaException(
          "Kafka at %s: %s".formatted(settings.bootstrapServers(), e.getMessage()), e);
    }
  }

  /**
   * Makes topics and waits until their leaders have them. The cluster answers as soon as a topic is
   * written down, which is before its leader takes records. A producer with several batches on the
   * way would have its first one refused and the next, a moment later, taken; from then on the
   * leader refuses the first for its sequence number until it fails.
   */
  static void make(KafkaSettings settings, Collection<NewTopic> topics) {
    Set<TopicPartition> made = new HashSet<>();
    try (Admin admin = KafkaEnds.admin(settings, CLIENT)) {
      Map<String, KafkaFuture<Void>> answers = admin.createTopics(topics).values();
      for (NewTopic topic : topics) {
        if (wasMade(topic.name(), answers)) {
          for (int partition = 0; partition < topic.numPartitions(); partition++) {
            made.add(new TopicPartition(topic.name(), partition));
          }
        }
      }
    }
    if (!made.isEmpty()) {
      // Only a leader that has the partition can answer this, and a consumer asks until it does.
      try (Consumer<String, byte[]> consumer = KafkaEnds.soleConsumer(settings, CLIENT)) {
        log.debug("made topics; ends are {}", consumer.endOffsets(made));
      }
    }
  }

  private static boolean wasMade(String topic, Map<String, KafkaFuture<Void>> answers) {
    try {
      await(Objects.requireNonNull(answers.get(topic), topic));
      return true;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof TopicExistsException) {
        return false;
      }
      throw new KafkaException(
          "topic '%s' could not be made: %s".formatted(topic, e.getCause()), e.getCause());
    }
  }

  private static void await(KafkaFuture<?> answer) throws ExecutionException {
    try {
      // The client's own limit comes first; this one is there should it fail to.
      answer.get(2L * KafkaEnds.CALL_TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new ExecutionException(e);
    } catch (InterruptedException e) {
      // Kafka's own exception for this keeps the thread's interrupted mark.
      throw new InterruptException(e);
    }
  }

  private static List<NewTopic> topics(Options options) {
    List<NewTopic> topics = new ArrayList<>();
    for (String jobs : Topics.ALL_JOBS) {
      topics.add(topic(jobs, options.jobPartitions(), options, kept(JOBS_KEPT)));
    }
    Collections.addAll(
        topics,
        topic(Topics.EVENTS, EVENT_PARTITIONS, options, kept(EVENTS_KEPT)),
        topic(Topics.PROGRESS, EVENT_PARTITIONS, options, kept(PROGRESS_KEPT, PROGRESS_SEGMENT)),
        topic(
            Topics.CONTROL,
            1,
            options,
            Map.of(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_COMPACT)),
        topic(Topics.CANCELLATIONS, 1, options, kept(CANCELLATIONS_KEPT, CANCELLATIONS_SEGMENT)),
        topic(Topics.DEAD_LETTERS, 1, options, kept(DEAD_LETTERS_KEPT)));
    return topics;
  }

  private static NewTopic topic(
      String name, int partitions, Options options, Map<String, String> config) {
    Map<String, String> all = new HashMap<>(config);
    // One replica may be away without stopping writes, and an acknowledged record is still on all
    // others.
    all.put(
        TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG,
        Integer.toString(Math.max(1, options.replication() - 1)));
    return new NewTopic(name, partitions, options.replication()).configs(all);
  }

  private static Map<String, String> kept(Duration retention) {
    return Map.of(TopicConfig.RETENTION_MS_CONFIG, millis(retention));
  }

  private static Map<String, String> kept(Duration retention, Duration segment) {
    return Map.of(
        TopicConfig.RETENTION_MS_CONFIG, millis(retention),
        TopicConfig.SEGMENT_MS_CONFIG, millis(segment));
  }

  private static String millis(Duration duration) {
    return Long.toString(duration.toMillis());
  }
}
