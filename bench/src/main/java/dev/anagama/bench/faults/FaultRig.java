package dev.anagama.bench.faults;

import dev.anagama.diffusion.checkpoint.Checkpoint;
import dev.anagama.platform.broker.Door;
import dev.anagama.platform.config.Settings;
import dev.anagama.platform.config.StoreConfig;
import dev.anagama.platform.kafka.KafkaEnds;
import dev.anagama.platform.kafka.KafkaSettings;
import dev.anagama.platform.kafka.Topology;
import dev.anagama.platform.objectstore.ObjectStore;
import dev.anagama.platform.objectstore.ObjectStores;
import dev.anagama.trainer.publish.CheckpointPublisher;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.random.RandomGenerator;
import org.apache.kafka.clients.producer.Producer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The service with each part in a process of its own: a broker, an object store, a gateway and
 * workers, as {@code anagama gateway} and {@code anagama worker} start them. Gateway and workers
 * reach the broker and the store through proxies; whoever looks at what comes of it does not.
 */
public final class FaultRig implements AutoCloseable {
  /** How long a part may take to start on a machine that is busy otherwise. */
  public static final Duration START = Duration.ofMinutes(2);

  private static final Logger log = LoggerFactory.getLogger(FaultRig.class);

  private static final String GATEWAY = "gateway";
  private static final String HOST = "127.0.0.1";
  private static final byte[] LOOPBACK = {127, 0, 0, 1};
  private static final int JOB_PARTITIONS = 4;
  private static final int CONNECT_MILLIS = 500;

  /** What a tiny network needs; and nothing is measured at the start. */
  private static final Map<String, String> SETTINGS =
      Map.of(
          "anagama.kafka.job-partitions", Integer.toString(JOB_PARTITIONS),
          "anagama.worker.devices", "cpu",
          "anagama.worker.threads", "1",
          "anagama.worker.row-limit", "16",
          "anagama.worker.precision", "float32");

  private final Deque<AutoCloseable> parts;
  private final Options options;
  private final Ports ports;
  private final KafkaSettings kafka;
  private final Part broker;
  private final Optional<Part> storeServer;
  private final int storePort;
  private final ObjectStore store;
  private final Line gateway;
  private final List<Line> workers;

  /**
   * What to set up.
   *
   * @param folder for everything that is kept, logs with it; made if it is not there
   * @param checkpoints folders of the checkpoints that are served
   * @param mainClass of the command line
   * @param workers how many, at least 1
   * @param settings of the gateway and the workers, by key, over those of the rig
   * @param storeFolder where objects are kept, if not by an S3 server
   */
  public record Options(
      Path folder,
      List<Path> checkpoints,
      String mainClass,
      int workers,
      Map<String, String> settings,
      Optional<Path> storeFolder) {
    /** Keeps its own copies. */
    public Options {
      checkpoints = List.copyOf(checkpoints);
      settings = Map.copyOf(settings);
    }
  }

  private FaultRig(Options options, RandomGenerator random, Deque<AutoCloseable> parts)
      throws IOException, InterruptedException, TimeoutException {
    this.options = options;
    this.parts = parts;
    this.ports = new Ports(random);
    int brokerPort = ports.next();
    this.kafka = new KafkaSettings(HOST + ":" + brokerPort, Map.of());
    Files.createDirectories(options.folder());
    this.storePort = ports.next();
    this.storeServer =
        options.storeFolder().isPresent() ? Optional.empty() : Optional.of(opened(storeServer()));
    // Each has its own way in, so that one can be cut off from the broker while others are not.
    List<Door> doors = new ArrayList<>();
    this.gateway = line(GATEWAY, doors);
    List<Line> lines = new ArrayList<>();
    for (int i = 0; i < options.workers(); i++) {
      lines.add(line("worker-" + i, doors));
    }
    this.workers = List.copyOf(lines);
    this.broker = opened(broker(brokerPort, doors));
    storeServer.ifPresent(Part::start);
    if (storeServer.isPresent()) {
      storeServer.get().awaitReady(START);
    }
    this.store =
        opened(
            ObjectStores.open(
                Settings.load(StoreConfig.class, Optional.empty(), storeSettings(storePort))));
  }

  /**
   * Starts everything and returns when jobs are taken and done.
   *
   * @param random chooses ports
   * @throws TimeoutException if something does not start in time; nothing is left running
   */
  public static FaultRig start(Options options, RandomGenerator random, Clock clock)
      throws IOException, InterruptedException, TimeoutException {
    // Last started, first closed.
    Deque<AutoCloseable> parts = new ArrayDeque<>();
    boolean up = false;
    try {
      FaultRig rig = new FaultRig(options, random, parts);
      rig.start(clock);
      up = true;
      return rig;
    } finally {
      if (!up) {
        close(parts);
      }
    }
  }

  /** The broker, past all proxies. */
  public KafkaSettings kafka() {
    return kafka;
  }

  /** The object store, past all proxies. */
  public ObjectStore store() {
    return store;
  }

  /** The broker's process. */
  public Part broker() {
    return broker;
  }

  /** The gateway. */
  public Line gateway() {
    return gateway;
  }

  /** The workers; their names are {@code worker-0} and so on. */
  public List<Line> workers() {
    return workers;
  }

  /** Ends all harm, starts whatever does not run, and returns when all do their work. */
  public void restore() throws InterruptedException, TimeoutException {
    broker.start();
    broker.resume();
    List<Line> lines = new ArrayList<>(workers);
    lines.add(gateway);
    for (Line line : lines) {
      line.restore();
      line.process().start();
    }
    broker.awaitReady(START);
    for (Line line : lines) {
      line.process().awaitReady(START);
    }
  }

  /** Kills everything. */
  @Override
  public void close() {
    close(parts);
  }

  private static void close(Deque<AutoCloseable> parts) {
    while (!parts.isEmpty()) {
      AutoCloseable part = parts.pop();
      try {
        part.close();
      } catch (Exception e) {
        log.error("{} was not closed in order", part.getClass().getSimpleName(), e);
      }
    }
  }

  private void start(Clock clock) throws IOException, InterruptedException, TimeoutException {
    broker.start();
    broker.awaitReady(START);
    Topology.ensure(kafka, new Topology.Options(JOB_PARTITIONS, (short) 1));
    try (Producer<String, byte[]> producer = KafkaEnds.producer(kafka, "anagama-rig")) {
      for (Path checkpoint : options.checkpoints()) {
        CheckpointPublisher.publish(Checkpoint.read(checkpoint), store, producer, clock);
      }
    }
    restore();
  }

  private Part broker(int port, List<Door> doors) {
    return new Part(
        "broker",
        new JavaProcess.Spec(
            options.folder().resolve("broker.log"),
            List.of("-Xmx320m"),
            BrokerMain.class.getName(),
            BrokerMain.arguments(options.folder().resolve("kafka"), port, doors)),
        () -> listening(port));
  }

  private Part storeServer() {
    return new Part(
        "store",
        new JavaProcess.Spec(
            options.folder().resolve("store.log"),
            List.of("-Xmx256m"),
            S3Main.class.getName(),
            S3Main.arguments(storePort)),
        () -> listening(storePort));
  }

  /** For who reaches the store at a port. */
  private Map<String, String> storeSettings(int port) {
    return options
        .storeFolder()
        .map(folder -> Map.of("anagama.store.uri", folder.toUri().toString()))
        .orElseGet(() -> S3Main.settings(port));
  }

  private Line line(String name, List<Door> doors) {
    int door = ports.next();
    TcpProxy kafkaProxy = opened(TcpProxy.start("kafka-" + name, door));
    doors.add(new Door(door, kafkaProxy.port()));
    Optional<HttpFaultProxy> storeProxy = storeServer.map(server -> storeProxy(name));
    int httpPort = ports.next();
    Map<String, String> settings = new HashMap<>(SETTINGS);
    settings.putAll(options.settings());
    settings.put("anagama.kafka.bootstrap-servers", HOST + ":" + kafkaProxy.port());
    settings.putAll(storeSettings(storeProxy.map(HttpFaultProxy::port).orElse(storePort)));
    settings.putAll(roleSettings(name, httpPort));
    List<String> arguments = new ArrayList<>(List.of(name.equals(GATEWAY) ? GATEWAY : "worker"));
    settings.forEach((key, value) -> arguments.add("--set=" + key + "=" + value));
    Part process =
        new Part(
            name,
            new JavaProcess.Spec(
                options.folder().resolve(name + ".log"),
                List.of("-Xmx192m"),
                options.mainClass(),
                arguments),
            () -> Line.ready(httpPort));
    return new Line(opened(process), kafkaProxy, storeProxy, httpPort);
  }

  private HttpFaultProxy storeProxy(String name) {
    return opened(HttpFaultProxy.start(name, storePort));
  }

  private Map<String, String> roleSettings(String name, int httpPort) {
    if (name.equals(GATEWAY)) {
      return Map.of(
          "anagama.gateway.http-port", Integer.toString(httpPort),
          "anagama.gateway.grpc-port", Integer.toString(ports.next()));
    }
    return Map.of(
        "anagama.worker.name", name,
        "anagama.worker.health-port", Integer.toString(httpPort),
        "anagama.worker.cache-folder", options.folder().resolve("checkpoints").toString());
  }

  private <T extends AutoCloseable> T opened(T part) {
    parts.push(part);
    return part;
  }

  private static boolean listening(int port) {
    try (Socket socket = new Socket()) {
      socket.connect(
          new InetSocketAddress(InetAddress.getByAddress(LOOPBACK), port), CONNECT_MILLIS);
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
