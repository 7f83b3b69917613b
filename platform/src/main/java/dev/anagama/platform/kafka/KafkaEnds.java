package dev.anagama.platform.kafka;

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Makes Kafka clients. Each is given limits first (the settings' own properties may change those)
 * and guarantees last (nothing may change those). Whoever asks for a client owns and closes it.
 */
public final class KafkaEnds {
  /** Longest a send takes until it is acknowledged or failed. */
  public static final int DELIVERY_TIMEOUT_MILLIS = 10_000;

  /** Longest a send waits for a first word from the cluster or for room in the buffer. */
  public static final int MAX_BLOCK_MILLIS = 5_000;

  /** Longest any other call waits for the cluster. */
  public static final int CALL_TIMEOUT_MILLIS = 15_000;

  /**
   * After this the broker aborts the transaction of a producer that died, so that readers of
   * committed records are not held back for longer.
   */
  public static final int TRANSACTION_TIMEOUT_MILLIS = 15_000;

  /**
   * A transaction that begins while the one before is still being closed by the broker is refused,
   * and tried again after this. Kafka's own pause of 100 ms is far longer than that closing takes.
   */
  public static final int TRANSACTION_RETRY_MILLIS = 5;

  /** So long records of {@link #lingeringProducer} are gathered. */
  public static final int LINGER_MILLIS = 50;

  /** After this without a heartbeat a consumer's partitions go to others. */
  public static final int SESSION_TIMEOUT_MILLIS = 15_000;

  /** After this a reader of whole topics looks for partitions that were added. */
  static final int METADATA_AGE_MILLIS = 10_000;

  private static final int REQUEST_TIMEOUT_MILLIS = 5_000;

  private KafkaEnds() {}

  /**
   * A producer whose acknowledged sends are on every in-sync replica, once and in order.
   *
   * @param clientId name in the broker's logs and metrics
   */
  public static Producer<String, byte[]> producer(KafkaSettings settings, String clientId) {
    Map<String, Object> config = limits(settings, clientId);
    requireAcknowledgements(config);
    return new KafkaProducer<>(config, new StringSerializer(), new ByteArraySerializer());
  }

  /**
   * A producer for what nobody waits for: it gathers records for {@value #LINGER_MILLIS} ms before
   * it sends them, for each request costs a broker and a producer more than the records in it.
   *
   * @param clientId name in the broker's logs and metrics
   */
  public static Producer<String, byte[]> lingeringProducer(
      KafkaSettings settings, String clientId) {
    Map<String, Object> config = limits(settings, clientId);
    requireAcknowledgements(config);
    config.putIfAbsent(ProducerConfig.LINGER_MS_CONFIG, LINGER_MILLIS);
    return new KafkaProducer<>(config, new StringSerializer(), new ByteArraySerializer());
  }

  /**
   * A producer of transactions. The caller calls {@code initTransactions}, which fences every
   * earlier producer with the same transactional id.
   */
  public static Producer<String, byte[]> transactionalProducer(
      KafkaSettings settings, String clientId, String transactionalId) {
    Map<String, Object> config = limits(settings, clientId);
    requireAcknowledgements(config);
    config.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, transactionalId);
    config.putIfAbsent(ProducerConfig.RETRY_BACKOFF_MS_CONFIG, TRANSACTION_RETRY_MILLIS);
    return new KafkaProducer<>(config, new StringSerializer(), new ByteArraySerializer());
  }

  /**
   * A member of a consumer group that reads committed records, begins at the earliest, and commits
   * only what its owner commits. On a rebalance it keeps the partitions that stay with it.
   */
  public static Consumer<String, byte[]> groupConsumer(
      KafkaSettings settings, String clientId, String groupId) {
    Map<String, Object> config = limits(settings, clientId);
    requireCommittedReads(config);
    config.put(ConsumerConfig.GROUP_ID_CONFIG, groupId);
    config.put(
        ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG,
        CooperativeStickyAssignor.class.getName());
    return new KafkaConsumer<>(config, new StringDeserializer(), new ByteArrayDeserializer());
  }

  /**
   * A reader outside any group: its owner assigns partitions and positions; nothing is committed.
   */
  static Consumer<String, byte[]> soleConsumer(KafkaSettings settings, String clientId) {
    Map<String, Object> config = limits(settings, clientId);
    requireCommittedReads(config);
    config.remove(ConsumerConfig.GROUP_ID_CONFIG);
    config.put(CommonClientConfigs.METADATA_MAX_AGE_CONFIG, METADATA_AGE_MILLIS);
    return new KafkaConsumer<>(config, new StringDeserializer(), new ByteArrayDeserializer());
  }

  static Admin admin(KafkaSettings settings, String clientId) {
    return Admin.create(limits(settings, clientId));
  }

  private static Map<String, Object> limits(KafkaSettings settings, String clientId) {
    Map<String, Object> config = new HashMap<>();
    config.put(CommonClientConfigs.REQUEST_TIMEOUT_MS_CONFIG, REQUEST_TIMEOUT_MILLIS);
    config.put(CommonClientConfigs.DEFAULT_API_TIMEOUT_MS_CONFIG, CALL_TIMEOUT_MILLIS);
    config.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, DELIVERY_TIMEOUT_MILLIS);
    config.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, MAX_BLOCK_MILLIS);
    config.put(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, TRANSACTION_TIMEOUT_MILLIS);
    config.put(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, SESSION_TIMEOUT_MILLIS);
    config.putAll(settings.properties());
    config.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, settings.bootstrapServers());
    config.put(CommonClientConfigs.CLIENT_ID_CONFIG, clientId);
    return config;
  }

  private static void requireAcknowledgements(Map<String, Object> config) {
    config.put(ProducerConfig.ACKS_CONFIG, "all");
    config.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
  }

  private static void requireCommittedReads(Map<String, Object> config) {
    config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    config.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    config.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
  }
}
