package dev.anagama.platform.broker;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.metadata.PartitionRecord;
import org.apache.kafka.common.metadata.RegisterBrokerRecord;
import org.apache.kafka.common.metadata.TopicRecord;
import org.apache.kafka.common.network.ListenerName;
import org.apache.kafka.image.MetadataDelta;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.MetadataProvenance;
import org.apache.kafka.metadata.LeaderRecoveryState;
import org.apache.kafka.server.common.KRaftVersion;
import org.junit.jupiter.api.Test;

class PatientMetadataCacheTest {
  private static final String TOPIC = "anagama.events";
  private static final Uuid ID = Uuid.randomUuid();
  private static final ListenerName LISTENER = new ListenerName("CLIENT");
  private static final int BROKER = 1;
  private static final int NO_LEADER = -1;

  private final PatientMetadataCache cache =
      new PatientMetadataCache(BROKER, () -> KRaftVersion.KRAFT_VERSION_0);

  PatientMetadataCacheTest() {
    MetadataDelta delta = new MetadataDelta.Builder().setImage(MetadataImage.EMPTY).build();
    delta.replay(broker());
    delta.replay(new TopicRecord().setName(TOPIC).setTopicId(ID));
    delta.replay(partition(0, BROKER));
    delta.replay(partition(1, NO_LEADER));
    cache.setImage(delta.apply(MetadataProvenance.EMPTY));
  }

  @Test
  void leader_known_isTold() {
    assertThat(cache.getPartitionLeaderEndpoint(TOPIC, 0, LISTENER))
        .contains(new Node(BROKER, "127.0.0.1", 9092));
  }

  @Test
  void leader_ofAPartitionWithoutOne_isToCome() {
    assertThat(cache.getPartitionLeaderEndpoint(TOPIC, 1, LISTENER)).contains(Node.noNode());
  }

  @Test
  void leader_ofNoPartition_isNone() {
    assertThat(cache.getPartitionLeaderEndpoint(TOPIC, 2, LISTENER)).isEmpty();
    assertThat(cache.getPartitionLeaderEndpoint("deleted", 0, LISTENER)).isEmpty();
  }

  private static RegisterBrokerRecord broker() {
    RegisterBrokerRecord record = new RegisterBrokerRecord();
    record
        .endPoints()
        .add(
            new RegisterBrokerRecord.BrokerEndpoint()
                .setName(LISTENER.value())
                .setHost("127.0.0.1")
                .setPort(9092));
    return record
        .setBrokerId(BROKER)
        .setIncarnationId(Uuid.randomUuid())
        .setFenced(false)
        .setRack(null);
  }

  private static PartitionRecord partition(int number, int leader) {
    return new PartitionRecord()
        .setTopicId(ID)
        .setPartitionId(number)
        .setReplicas(List.of(BROKER))
        .setIsr(leader == NO_LEADER ? List.of() : List.of(leader))
        .setLeader(leader)
        .setLeaderRecoveryState(LeaderRecoveryState.RECOVERED.value())
        .setDirectories(List.of(Uuid.randomUuid()));
  }
}
