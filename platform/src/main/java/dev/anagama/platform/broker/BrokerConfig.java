package dev.anagama.platform.broker;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The properties of the embedded broker: one node, one copy of everything, little memory. */
final class BrokerConfig {
  static final String HOST = "127.0.0.1";
  static final String CONTROLLER = "CONTROLLER";
  static final int NODE = 1;

  private static final String CLIENT = "CLIENT";
  private static final String DOOR = "DOOR";
  private static final String PLAIN = ":PLAINTEXT";

  private static final Map<String, String> SINGLE_NODE =
      Map.ofEntries(
          // A mistyped topic must fail here as it would elsewhere.
          Map.entry("auto.create.topics.enable", "false"),
          Map.entry("offsets.topic.replication.factor", "1"),
          Map.entry("transaction.state.log.replication.factor", "1"),
          Map.entry("transaction.state.log.min.isr", "1"),
          Map.entry("share.coordinator.state.topic.replication.factor", "1"),
          Map.entry("share.coordinator.state.topic.min.isr", "1"),
          // Nobody else will join in the next moment.
          Map.entry("group.initial.rebalance.delay.ms", "0"),
          // Readers of committed records wait no longer than this past a dead producer's timeout.
          Map.entry("transaction.abort.timed.out.transaction.cleanup.interval.ms", "1000"),
          // After a kill the controller keeps the dead broker's place for this long, and the start
          // waits for it.
          Map.entry("broker.session.timeout.ms", "4000"),
          Map.entry("broker.heartbeat.interval.ms", "500"),
          // It stands for election alone, so there is nobody to wait for.
          Map.entry("controller.quorum.election.timeout.ms", "250"),
          // No idle records in the metadata log: an idle service leaves the disk alone.
          Map.entry("metadata.max.idle.interval.ms", "0"));

  private static final Map<String, String> SMALL =
      Map.ofEntries(
          Map.entry("num.network.threads", "1"),
          Map.entry("num.io.threads", "2"),
          Map.entry("background.threads", "2"),
          Map.entry("num.recovery.threads.per.data.dir", "1"),
          Map.entry("group.coordinator.threads", "1"),
          Map.entry("group.coordinator.background.threads", "1"),
          Map.entry("offsets.topic.num.partitions", "4"),
          Map.entry("transaction.state.log.num.partitions", "4"),
          Map.entry("share.coordinator.state.topic.num.partitions", "1"),
          Map.entry("offsets.load.buffer.size", Integer.toString(1 << 20)),
          Map.entry("transaction.state.log.load.buffer.size", Integer.toString(1 << 20)),
          Map.entry("share.coordinator.load.buffer.size", Integer.toString(1 << 20)),
          // Kafka's default is 128 MiB of heap; this still holds some 80,000 keys at a time.
          Map.entry("log.cleaner.dedupe.buffer.size", Integer.toString(2 << 20)),
          Map.entry("log.cleaner.io.buffer.size", Integer.toString(512 << 10)),
          Map.entry("log.segment.bytes", Integer.toString(64 << 20)),
          // Each partition maps two index files of this size until their segment is closed.
          Map.entry("log.index.size.max.bytes", Integer.toString(1 << 20)),
          Map.entry("metadata.log.segment.bytes", Integer.toString(16 << 20)),
          Map.entry("socket.request.max.bytes", Integer.toString(16 << 20)),
          Map.entry("queued.max.requests", "100"));

  private BrokerConfig() {}

  static Map<String, String> of(Path folder, int clientPort, int controllerPort, List<Door> doors) {
    Map<String, String> config = new HashMap<>();
    config.put("process.roles", "broker,controller");
    config.put("node.id", Integer.toString(NODE));
    config.put("log.dirs", folder.toString());
    config.put("controller.quorum.voters", NODE + "@" + HOST + ":" + controllerPort);
    List<String> listeners = new ArrayList<>(List.of(listener(CLIENT, clientPort)));
    List<String> advertised = new ArrayList<>(listeners);
    List<String> protocols = new ArrayList<>(List.of(CLIENT + PLAIN, CONTROLLER + PLAIN));
    for (int i = 0; i < doors.size(); i++) {
      listeners.add(listener(DOOR + i, doors.get(i).port()));
      advertised.add(listener(DOOR + i, doors.get(i).forwarderPort()));
      protocols.add(DOOR + i + PLAIN);
    }
    listeners.add(listener(CONTROLLER, controllerPort));
    config.put("listeners", String.join(",", listeners));
    config.put("advertised.listeners", String.join(",", advertised));
    config.put("listener.security.protocol.map", String.join(",", protocols));
    config.put("inter.broker.listener.name", CLIENT);
    config.put("controller.listener.names", CONTROLLER);
    config.putAll(SINGLE_NODE);
    config.putAll(SMALL);
    return config;
  }

  private static String listener(String name, int port) {
    return "%s://%s:%d".formatted(name, HOST, port);
  }
}
