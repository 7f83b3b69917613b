package dev.anagama.platform.broker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import dev.anagama.platform.kafka.KafkaEnds;
import dev.anagama.platform.kafka.KafkaSettings;
import dev.anagama.platform.kafka.TopicTail;
import dev.anagama.platform.kafka.Topology;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Node;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
class EmbeddedBrokerIT {
  private static final String TOPIC = "anagama.jobs";

  private final Path folder;

  EmbeddedBrokerIT(@TempDir Path folder) {
    this.folder = folder.resolve("made/on/demand");
  }

  @Test
  void start_sameFolderAgain_isTheSameClusterWithTheSameRecords() throws Exception {
    String clusterId;
    try (EmbeddedBroker broker = EmbeddedBroker.start(folder, 0)) {
      clusterId = clusterId(broker);
      write(settings(broker), "kept");
    }

    try (EmbeddedBroker broker = EmbeddedBroker.start(folder, 0)) {
      assertThat(clusterId(broker)).isEqualTo(clusterId);
      assertThat(read(settings(broker))).containsExactly("kept");
    }
  }

  @Test
  void start_afterItsProcessWasKilled_hasWhatWasAcknowledged() throws Exception {
    Path told = folder.resolveSibling("told");
    Process process = BrokerProcess.start(folder, told);
    String clusterId;
    try {
      await().atMost(Duration.ofMinutes(3)).until(() -> Files.exists(told));
      clusterId = Files.readString(told);
    } finally {
      process.destroyForcibly().waitFor();
    }
    assertThat(process.exitValue()).isNotZero();

    try (EmbeddedBroker broker = EmbeddedBroker.start(folder, 0)) {
      assertThat(clusterId(broker)).isEqualTo(clusterId);
      assertThat(read(settings(broker))).containsExactly("kept");
      // It is whole enough to be written to and to run transactions and groups.
      write(settings(broker), "new");
      assertThat(read(settings(broker))).containsExactly("kept", "new");
    }
  }

  @Test
  void start_always_goesByTheCacheThatKeepsMarkersWaiting() {
    try (EmbeddedBroker broker = EmbeddedBroker.start(folder, 0)) {
      assertThat(broker.metadata()).isInstanceOf(PatientMetadataCache.class);
      assertThat(broker.metadata().hasAliveBroker(BrokerConfig.NODE)).isTrue();
    }
  }

  @Test
  void start_portGiven_listensThere() throws Exception {
    int port;
    try (ServerSocket socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    try (EmbeddedBroker broker = EmbeddedBroker.start(folder, port)) {
      assertThat(broker.bootstrapServers()).isEqualTo("127.0.0.1:" + port);
      assertThat(clusterId(broker)).isNotEmpty();
    }
  }

  @Test
  void start_portInUse_failsNamingIt() throws Exception {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int port = socket.getLocalPort();

      assertThatExceptionOfType(KafkaException.class)
          .isThrownBy(() -> EmbeddedBroker.start(folder, port))
          .withMessageContaining("port " + port);
    }
    // The failed start holds nothing back.
    EmbeddedBroker.start(folder, 0).close();
  }

  @Test
  void start_folderInUse_failsNamingIt() {
    try (EmbeddedBroker broker = EmbeddedBroker.start(folder, 0)) {
      assertThat(broker.bootstrapServers()).startsWith("127.0.0.1:");
      assertThatExceptionOfType(KafkaException.class)
          .isThrownBy(() -> EmbeddedBroker.start(folder, 0))
          .withMessageContaining("in use")
          .withMessageContaining(folder.toString());
    }
  }

  @Test
  void start_badArguments_areRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> EmbeddedBroker.start(folder, 65536))
        .withMessage("port is 65536; allowed: 0 to 65535");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> EmbeddedBroker.start(folder.resolve("a,b"), 0))
        .withMessageContaining("without commas");
  }

  @Test
  void start_otherAddressesOfTheMachine_areNotListenedOn() throws Exception {
    Optional<InetAddress> outside =
        NetworkInterface.networkInterfaces()
            .flatMap(NetworkInterface::inetAddresses)
            .filter(a -> !a.isLoopbackAddress() && !a.isLinkLocalAddress())
            .findFirst();
    Assumptions.assumeTrue(outside.isPresent(), "this machine has the loopback address alone");
    try (EmbeddedBroker broker = EmbeddedBroker.start(folder, 0);
        Socket socket = new Socket()) {
      int port = Integer.parseInt(broker.bootstrapServers().split(":")[1]);

      assertThatExceptionOfType(IOException.class)
          .isThrownBy(() -> socket.connect(new InetSocketAddress(outside.get(), port), 2000));
    }
  }

  @Test
  void start_withADoor_sendsItsClientsToTheForwarder() throws Exception {
    int door = freePort();
    // The second door stands for the forwarder.
    int forwarder = freePort();
    List<Door> doors = List.of(new Door(door, forwarder), new Door(forwarder, forwarder));
    try (EmbeddedBroker broker = EmbeddedBroker.start(folder, 0, doors);
        Admin past = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()));
        Admin through = Admin.create(Map.of("bootstrap.servers", "127.0.0.1:" + door))) {
      assertThat(through.describeCluster().nodes().get())
          .extracting(Node::port)
          .containsExactly(forwarder);
      assertThat(past.describeCluster().nodes().get())
          .extracting(Node::port)
          .doesNotContain(forwarder);
    }
  }

  @Test
  void start_wholeTopologyAndAGroup_needsOneCopyOfEach() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(folder, 0)) {
      Topology.ensure(settings(broker), new Topology.Options(48, (short) 1));
      try (Consumer<String, byte[]> consumer =
          KafkaEnds.groupConsumer(settings(broker), "c", "group")) {
        consumer.subscribe(List.of(TOPIC));
        await()
            .atMost(Duration.ofMinutes(3))
            .until(
                () -> {
                  consumer.poll(Duration.ofMillis(100));
                  return consumer.assignment().size() == 48;
                });
      }
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  static void write(KafkaSettings settings, String value) throws Exception {
    Topology.ensure(settings, new Topology.Options(2, (short) 1));
    try (Producer<String, byte[]> producer =
        KafkaEnds.transactionalProducer(settings, "p", "transactional")) {
      producer.initTransactions();
      producer.beginTransaction();
      producer.send(new ProducerRecord<>(TOPIC, "k", value.getBytes(UTF_8))).get();
      producer.commitTransaction();
    }
  }

  static String clusterId(EmbeddedBroker broker) throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
      return admin.describeCluster().clusterId().get();
    }
  }

  static KafkaSettings settings(EmbeddedBroker broker) {
    return new KafkaSettings(broker.bootstrapServers(), Map.of());
  }

  private static List<String> read(KafkaSettings settings) throws Exception {
    List<String> values = new CopyOnWriteArrayList<>();
    try (TopicTail tail =
        TopicTail.start(
            settings, "t", List.of(TOPIC), r -> values.add(new String(r.value(), UTF_8)))) {
      tail.caughtUp().get(2, TimeUnit.MINUTES);
    }
    return values;
  }
}
