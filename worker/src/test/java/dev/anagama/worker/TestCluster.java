package dev.anagama.worker;

import com.google.protobuf.util.JsonFormat;
import dev.anagama.contract.CheckpointKeys;
import dev.anagama.contract.ResultKeys;
import dev.anagama.contract.Topics;
import dev.anagama.diffusion.checkpoint.Checkpoint;
import dev.anagama.platform.broker.EmbeddedBroker;
import dev.anagama.platform.config.Settings;
import dev.anagama.platform.kafka.KafkaEnds;
import dev.anagama.platform.kafka.KafkaSettings;
import dev.anagama.platform.kafka.Topology;
import dev.anagama.platform.objectstore.FileObjectStore;
import dev.anagama.platform.objectstore.ObjectStore;
import dev.anagama.v1.CancelRequested;
import dev.anagama.v1.CheckpointPublished;
import dev.anagama.v1.ControlEvent;
import dev.anagama.v1.GenerationJob;
import dev.anagama.v1.JobEvent;
import dev.anagama.v1.JobRecord;
import dev.anagama.v1.RecordSource;
import dev.anagama.worker.intake.JobIntake;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.awaitility.Awaitility;

/** A real broker and a store in a folder, with what a gateway and a trainer would put there. */
final class TestCluster implements AutoCloseable {
  static final int JOB_PARTITIONS = 4;

  private static final Map<String, String> CLIENT =
      Map.of("session.timeout.ms", "6000", "heartbeat.interval.ms", "500");

  static {
    // For a machine that is busy otherwise; Awaitility's own patience is 10 s.
    Awaitility.setDefaultTimeout(Duration.ofMinutes(5));
    Awaitility.setDefaultPollInterval(Duration.ofMillis(200));
  }

  final ObjectStore store;
  private final Path folder;
  private final int port;
  private EmbeddedBroker broker;
  private final Producer<String, byte[]> producer;

  TestCluster(Path folder) {
    this.folder = folder;
    this.broker = EmbeddedBroker.start(folder.resolve("kafka"), 0);
    String servers = broker.bootstrapServers();
    this.port = Integer.parseInt(servers.substring(servers.indexOf(':') + 1));
    this.store = new FileObjectStore(folder.resolve("store"));
    this.producer = KafkaEnds.producer(kafka(), "test");
    Topology.ensure(kafka(), new Topology.Options(JOB_PARTITIONS, (short) 1));
  }

  KafkaSettings kafka() {
    return new KafkaSettings("127.0.0.1:" + port, CLIENT);
  }

  /** Settings of a worker, as overrides. */
  Map<String, String> settings(String name) {
    Map<String, String> values = new HashMap<>();
    values.put("anagama.worker.name", name);
    values.put("anagama.worker.precision", "float32");
    values.put("anagama.worker.threads", "1");
    values.put("anagama.worker.row-limit", "8");
    values.put("anagama.worker.grace-seconds", "60");
    values.put("anagama.worker.cache-folder", folder.resolve("cache").toString());
    values.put("anagama.kafka.bootstrap-servers", kafka().bootstrapServers());
    CLIENT.forEach((key, value) -> values.put("anagama.kafka.properties.\"" + key + "\"", value));
    values.put("anagama.store.uri", folder.resolve("store").toUri().toString());
    return values;
  }

  Worker startWorker(String name) throws InterruptedException {
    return startWorker(name, Map.of());
  }

  /** Starts a worker with some settings of its own. */
  Worker startWorker(String name, Map<String, String> own) throws InterruptedException {
    Map<String, String> all = settings(name);
    all.putAll(own);
    Worker worker =
        Worker.start(Settings.load(WorkerConfig.class, Optional.empty(), all), Clock.systemUTC());
    if (!worker.awaitReady(Duration.ofMinutes(4))) {
      throw new AssertionError("worker " + name + " is not ready");
    }
    return worker;
  }

  void stopBroker() {
    broker.close();
  }

  void startBrokerAgain() {
    broker = EmbeddedBroker.start(folder.resolve("kafka"), port);
  }

  /** Makes, stores and announces a checkpoint. */
  void publish(String model, String version, long seed) throws Exception {
    Path files = folder.resolve("made-" + model + "-" + version);
    Checkpoint checkpoint = TinyCheckpoint.write(files, model, version, seed);
    String prefix = CheckpointKeys.prefix(model, version);
    for (String name : checkpoint.manifest().files().keySet()) {
      store.put(prefix + name, Files.readAllBytes(files.resolve(name)), "application/octet-stream");
    }
    byte[] manifest = Files.readAllBytes(files.resolve(CheckpointKeys.MANIFEST));
    store.put(prefix + CheckpointKeys.MANIFEST, manifest, "application/json");
    announce(model, version, sha256(manifest));
  }

  /** Announces a checkpoint whose stored weights are cut short. */
  void publishDamaged(String model, String version, long seed) throws Exception {
    Path files = folder.resolve("made-" + model + "-" + version);
    TinyCheckpoint.write(files, model, version, seed);
    String prefix = CheckpointKeys.prefix(model, version);
    store.put(prefix + "weights.safetensors", new byte[] {1, 2, 3}, "application/octet-stream");
    byte[] manifest = Files.readAllBytes(files.resolve(CheckpointKeys.MANIFEST));
    store.put(prefix + CheckpointKeys.MANIFEST, manifest, "application/json");
    announce(model, version, sha256(manifest));
  }

  /** Announces a checkpoint, whatever is stored. */
  void announce(String model, String version, String manifestSha256) throws Exception {
    send(
        ControlEvent.newBuilder()
            .setModel(model)
            .setPublished(
                CheckpointPublished.newBuilder()
                    .setVersion(version)
                    .setKeyPrefix(CheckpointKeys.prefix(model, version))
                    .setManifestSha256(manifestSha256))
            .build());
  }

  void send(ControlEvent event) throws Exception {
    send(event.getModel(), event);
  }

  void send(String key, ControlEvent event) throws Exception {
    producer.send(new ProducerRecord<>(Topics.CONTROL, key, event.toByteArray())).get();
  }

  void submit(GenerationJob job) throws Exception {
    submit(job.getJobId(), job.toByteArray());
  }

  void cancel(String jobId) throws Exception {
    CancelRequested wish =
        CancelRequested.newBuilder().setJobId(jobId).setTenant("default").build();
    producer.send(new ProducerRecord<>(Topics.CANCELLATIONS, jobId, wish.toByteArray())).get();
  }

  void submit(String key, byte[] value) throws Exception {
    submit(Topics.JOBS, key, value);
  }

  void submit(String topic, String key, byte[] value) throws Exception {
    producer.send(new ProducerRecord<>(topic, key, value)).get();
  }

  /** Every committed record of a topic. */
  List<ConsumerRecord<String, byte[]>> read(String topic) {
    List<ConsumerRecord<String, byte[]>> records = new ArrayList<>();
    try (Consumer<String, byte[]> consumer = KafkaEnds.groupConsumer(kafka(), "test", "test")) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(topic).stream()
              .map(info -> new TopicPartition(topic, info.partition()))
              .toList();
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      while (partitions.stream().anyMatch(p -> consumer.position(p) < ends.getOrDefault(p, 0L))) {
        consumer.poll(Duration.ofMillis(100)).forEach(records::add);
      }
    }
    return records;
  }

  /** Where the records of a job stand, those of one topic in order. */
  List<RecordSource> sources(String jobId) {
    return Topics.ALL_JOBS.stream()
        .flatMap(topic -> read(topic).stream())
        .filter(record -> jobId.equals(record.key()))
        .map(
            record ->
                RecordSource.newBuilder()
                    .setTopic(record.topic())
                    .setPartition(record.partition())
                    .setOffset(record.offset())
                    .build())
        .toList();
  }

  /** Partitions of {@link Topics#JOBS} with a job that was begun and has not ended. */
  long partitionsAtWork() {
    try (Consumer<String, byte[]> consumer =
        KafkaEnds.groupConsumer(kafka(), "test", JobIntake.GROUP)) {
      Set<TopicPartition> partitions =
          IntStream.range(0, JOB_PARTITIONS)
              .mapToObj(partition -> new TopicPartition(Topics.JOBS, partition))
              .collect(Collectors.toSet());
      return consumer.committed(partitions).values().stream()
          .filter(committed -> committed != null && !committed.metadata().isEmpty())
          .count();
    }
  }

  /** Terminal events by job id, in the order that they were sent. */
  Map<String, List<JobEvent>> ends() throws Exception {
    Map<String, List<JobEvent>> ends = new HashMap<>();
    for (ConsumerRecord<String, byte[]> record : read(Topics.EVENTS)) {
      JobEvent event = JobEvent.parseFrom(record.value());
      if (event.getFactCase() != JobEvent.FactCase.STARTED) {
        ends.computeIfAbsent(event.getJobId(), id -> new ArrayList<>()).add(event);
      }
    }
    return ends;
  }

  /** What the store holds of a job that has ended. */
  JobRecord record(String jobId) throws Exception {
    byte[] json = store.get(ResultKeys.manifest("default", jobId)).orElseThrow();
    JobRecord.Builder record = JobRecord.newBuilder();
    JsonFormat.parser().merge(new String(json, StandardCharsets.UTF_8), record);
    return record.build();
  }

  static String sha256(byte[] bytes) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }

  @Override
  public void close() {
    producer.close(Duration.ofSeconds(5));
    store.close();
    broker.close();
  }
}
