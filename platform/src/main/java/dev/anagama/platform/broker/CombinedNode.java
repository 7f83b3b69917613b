package dev.anagama.platform.broker;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import kafka.server.BrokerServer;
import kafka.server.ControllerServer;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import kafka.server.Server;
import kafka.server.SharedServer;
import kafka.server.StandardFaultHandlerFactory;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.KRaftMetadataCache;
import org.apache.kafka.metadata.bootstrap.BootstrapMetadata;
import org.apache.kafka.metadata.properties.MetaPropertiesEnsemble;
import org.apache.kafka.raft.QuorumConfig;
import org.apache.kafka.server.ServerSocketFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.Tuple2;

/**
 * A broker and the only controller of its cluster in one process: what {@link KafkaRaftServer}
 * makes of the same configuration, but with a {@link PatientMetadataCache}. Once Kafka has made
 * good its mistake, that class does instead of this one.
 */
final class CombinedNode {
  private static final Logger log = LoggerFactory.getLogger(CombinedNode.class);

  private final ControllerServer controller;
  private final BrokerServer broker;

  /**
   * Reads the data folder; nothing runs yet.
   *
   * @param config with both roles, and the controller as its own only voter
   */
  CombinedNode(KafkaConfig config) {
    Tuple2<MetaPropertiesEnsemble, BootstrapMetadata> folder =
        KafkaRaftServer.initializeLogDirs(config, log, "");
    SharedServer shared =
        new SharedServer(
            config,
            folder._1(),
            Time.SYSTEM,
            Server.initializeMetrics(config, Time.SYSTEM, folder._1().clusterId().orElseThrow()),
            CompletableFuture.completedFuture(
                QuorumConfig.parseVoterConnections(config.quorumConfig().voters())),
            List.of(),
            new StandardFaultHandlerFactory(),
            ServerSocketFactory.INSTANCE);
    broker = new PatientBroker(shared);
    controller = new ControllerServer(shared, KafkaRaftServer.configSchema(), folder._2());
  }

  /** Returns when it takes requests. Throws whatever Kafka throws, checked exceptions as well. */
  void startup() {
    // The broker asks the controller for its place.
    controller.startup();
    broker.startup();
  }

  /** Stops what runs and waits until it has stopped. */
  void shutdown() {
    // The broker hands its place back to the controller.
    broker.shutdown();
    controller.shutdown();
    broker.awaitShutdown();
    controller.awaitShutdown();
  }

  /** What the broker goes by. */
  KRaftMetadataCache metadata() {
    return broker.metadataCache();
  }

  /** Sets another cache where Kafka sets its own, at the start and before anything reads it. */
  private static final class PatientBroker extends BrokerServer {
    PatientBroker(SharedServer shared) {
      super(shared);
    }

    @Override
    public void metadataCache_$eq(KRaftMetadataCache cache) {
      super.metadataCache_$eq(
          new PatientMetadataCache(BrokerConfig.NODE, () -> raftManager().client().kraftVersion()));
    }
  }
}
