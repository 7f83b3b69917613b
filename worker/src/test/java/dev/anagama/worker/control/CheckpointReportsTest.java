package dev.anagama.worker.control;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import com.google.protobuf.util.Timestamps;
import dev.anagama.contract.Topics;
import dev.anagama.diffusion.network.Precision;
import dev.anagama.v1.CheckpointServed;
import dev.anagama.v1.ControlEvent;
import dev.anagama.worker.control.ModelStatus.Placement;
import dev.anagama.worker.control.ModelStatus.Refusal;
import dev.anagama.worker.control.ModelStatus.Served;
import dev.anagama.worker.fleet.DeviceEngine.Place;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;

class CheckpointReportsTest {
  private static final Instant NOW = Instant.parse("2026-11-23T08:00:00Z");
  private static final Placement PLACEMENT = new Placement("cpu", "float32", 8, 2, 900, "now");

  private final MockProducer<String, byte[]> kafka =
      new MockProducer<>(true, null, new StringSerializer(), new ByteArraySerializer());
  private final CheckpointReports reports =
      new CheckpointReports(
          "w1",
          List.of(
              new Place("cpu", Device.cpu(), Precision.FLOAT32, 1),
              new Place("gpu0", Device.gpu(0), Precision.BFLOAT16, 1)),
          kafka,
          Clock.fixed(NOW, ZoneOffset.UTC));

  @Test
  void served_isToldOnceAndTakenBackWhenReplaced() throws Exception {
    reports.tell(serving("1"));
    reports.tell(serving("1"));
    assertThat(kafka.history()).hasSize(1);
    ControlEvent told = topic("m/1@w1");
    assertThat(told.getModel()).isEmpty();
    assertThat(Timestamps.toString(told.getOccurredAt())).isEqualTo("2026-11-23T08:00:00Z");
    assertThat(told.getServed().getDevice()).isEqualTo("cpu,gpu0");
    assertThat(told.getServed().getPrecision()).isEqualTo("float32");

    reports.tell(serving("2"));
    assertThat(topic()).containsOnlyKeys("m/2@w1");
  }

  @Test
  void refused_standsBesideWhatIsServed() throws Exception {
    reports.tell(serving("1"));
    reports.tell(serving("1").refused(new Refusal("2", "x".repeat(5_000), NOW)));
    assertThat(topic()).containsOnlyKeys("m/1@w1", "m/2@w1");
    assertThat(topic("m/2@w1").getRefused().getReason()).hasSize(2_000);
    assertThat(topic("m/2@w1").getRefused().getPrecision()).isEqualTo("float32,bfloat16");

    reports.tell(serving("1").refused(new Refusal("3", "bad", NOW)));
    assertThat(topic()).containsOnlyKeys("m/1@w1", "m/3@w1");
    reports.tell(serving("4"));
    assertThat(topic()).containsOnlyKeys("m/4@w1");
  }

  @Test
  void otherModels_areLeftAlone() throws Exception {
    reports.tell(serving("1"));
    reports.tell(
        new ModelStatus("m.2", serving("7").served(), serving("").loadingVersion(), none()));
    reports.tell(ModelStatus.unknown("m"));
    assertThat(topic()).containsOnlyKeys("m.2/7@w1");
  }

  @Test
  void renew_saysAllAgain_andCloseTakesAllBack() throws Exception {
    reports.tell(serving("1").refused(new Refusal("2", "bad", NOW)));
    kafka.clear();
    reports.renew();
    assertThat(topic()).containsOnlyKeys("m/1@w1", "m/2@w1");

    reports.close();
    assertThat(topic()).isEmpty();
    assertThat(kafka.closed()).isTrue();
  }

  @Test
  void versionThatFitsNoKey_isLeftOut() {
    reports.tell(ModelStatus.unknown("m").refused(new Refusal("a/b", "malformed", NOW)));
    assertThat(kafka.history()).isEmpty();
  }

  @Test
  void reportOfALifeBefore_orOfALostWorker_isTakenBack() {
    reports.found("m/1@w1", report("w1", NOW));
    reports.found("m/1@w2", report("w2", NOW.minus(CheckpointReports.ABANDONED)));
    reports.found("m/1@w3", report("w3", NOW.minus(CheckpointReports.ABANDONED).minusMillis(1)));

    assertThat(kafka.history()).extracting(r -> r.key()).containsExactly("m/1@w1", "m/1@w3");
    assertThat(kafka.history()).allMatch(r -> r.value() == null);
  }

  private static ModelStatus serving(String version) {
    return ModelStatus.unknown("m").serving(new Served(version, NOW, List.of(PLACEMENT)));
  }

  private static Optional<Refusal> none() {
    return Optional.empty();
  }

  private static ControlEvent report(String worker, Instant said) {
    return ControlEvent.newBuilder()
        .setOccurredAt(Timestamps.fromMillis(said.toEpochMilli()))
        .setServed(CheckpointServed.newBuilder().setModel("m").setVersion("1").setWorker(worker))
        .build();
  }

  private ControlEvent topic(String key) throws Exception {
    return Objects.requireNonNull(topic().get(key), key);
  }

  /** What the compacted topic comes to hold. */
  private Map<String, ControlEvent> topic() throws Exception {
    Map<String, byte[]> last = new LinkedHashMap<>();
    kafka.history().forEach(record -> last.put(record.key(), record.value()));
    Map<String, ControlEvent> events = new TreeMap<>();
    for (Map.Entry<String, byte[]> entry : last.entrySet()) {
      if (entry.getValue() != null) {
        events.put(entry.getKey(), ControlEvent.parseFrom(entry.getValue()));
      }
    }
    assertThat(kafka.history()).allMatch(record -> record.topic().equals(Topics.CONTROL));
    return events;
  }
}
