package dev.anagama.platform.broker;

import java.util.Optional;
import java.util.function.Supplier;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.network.ListenerName;
import org.apache.kafka.metadata.KRaftMetadataCache;
import org.apache.kafka.server.common.KRaftVersion;

/**
 * What a broker knows of its cluster, with a mistake of Kafka 4.3.0 to 4.4.0 made good
 * (KAFKA-20734).
 *
 * <p>The end of a transaction is written as a marker into each of its partitions. The coordinator
 * asks here where their leaders are. No answer means that the partition is gone, and that its
 * marker can be left out; {@link Node#noNode()} means that it has no leader now, and that the
 * marker waits for one. Kafka's own cache gives no answer in both cases. A partition without a
 * leader then never learns how its transaction ended, and whoever reads committed records or
 * offsets from it waits for ever. Here this meets every transaction that is open when the process
 * is killed: after the start it is aborted while the controller still takes the leaders away from
 * the dead broker, to give them to the new one.
 */
final class PatientMetadataCache extends KRaftMetadataCache {
  /**
   * Knows nothing yet.
   *
   * @param node the broker's id
   * @param version of the protocol among controllers
   */
  PatientMetadataCache(int node, Supplier<KRaftVersion> version) {
    super(node, version);
  }

  @Override
  public Optional<Node> getPartitionLeaderEndpoint(
      String topic, int partition, ListenerName listener) {
    Optional<Node> leader = super.getPartitionLeaderEndpoint(topic, partition, listener);
    return leader.isEmpty() && contains(new TopicPartition(topic, partition))
        ? Optional.of(Node.noNode())
        : leader;
  }
}
