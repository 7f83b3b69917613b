package dev.anagama.gateway.models;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Timestamp;
import dev.anagama.contract.Topics;
import dev.anagama.gateway.Samples;
import dev.anagama.v1.CheckpointWithdrawn;
import dev.anagama.v1.ControlEvent;
import dev.anagama.v1.ModelCard;
import dev.anagama.v1.Schedule;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ModelCatalogTest {
  private static final Clock CLOCK =
      Clock.fixed(Instant.ofEpochSecond(Samples.time(60).getSeconds()), ZoneOffset.UTC);

  private final ModelCatalog catalog = new ModelCatalog(Optional.empty(), CLOCK);

  @Test
  void published_isThere() {
    accept("fashion", Samples.published("fashion", Samples.card()));

    assertThat(catalog.find("fashion").orElseThrow())
        .isEqualTo(new PublishedModel("fashion", "v1", Samples.card(), Samples.time(0)));
    assertThat(catalog.names()).isEqualTo("fashion");
  }

  @Test
  void defaultName_isTheOnlyModel() {
    assertThat(catalog.defaultName()).isEmpty();
    accept("fashion", Samples.published("fashion", Samples.card()));
    assertThat(catalog.defaultName()).contains("fashion");
    accept("digits", Samples.published("digits", Samples.card()));
    assertThat(catalog.defaultName()).isEmpty();
  }

  @Test
  void defaultName_configured_staysThatOne() {
    ModelCatalog configured = new ModelCatalog(Optional.of("digits"), CLOCK);
    assertThat(configured.defaultName()).contains("digits");
  }

  @Test
  void withdrawnOrDeleted_isGone() {
    accept("a", Samples.published("a", Samples.card()));
    accept("b", Samples.published("b", Samples.card()));
    accept(
        "a",
        ControlEvent.newBuilder()
            .setModel("a")
            .setWithdrawn(CheckpointWithdrawn.newBuilder().setReason("old"))
            .build());
    accept("b", null);

    assertThat(catalog.all()).isEmpty();
  }

  @Test
  void unusableCard_keepsWhatWasThere() {
    accept("fashion", Samples.published("fashion", Samples.card()));
    ModelCard card = Samples.card().toBuilder().setDefaultGuidanceScale(Double.NaN).build();
    accept("fashion", Samples.published("fashion", card));

    assertThat(catalog.find("fashion").orElseThrow().card()).isEqualTo(Samples.card());
  }

  @Test
  void cardWithoutDefaultSchedule_meansThePapers() {
    ModelCard old = Samples.card().toBuilder().clearDefaultSchedule().build();
    accept("fashion", Samples.published("fashion", old));

    assertThat(catalog.find("fashion").orElseThrow().card())
        .isEqualTo(old.toBuilder().setDefaultSchedule(Schedule.SCHEDULE_COSINE).build());
  }

  @Test
  void cardWithUnknownDefaultSchedule_keepsWhatWasThere() {
    accept("fashion", Samples.published("fashion", Samples.card()));
    ModelCard card = Samples.card().toBuilder().setDefaultScheduleValue(9).build();
    accept("fashion", Samples.published("fashion", card));

    assertThat(catalog.find("fashion").orElseThrow().card()).isEqualTo(Samples.card());
  }

  @Test
  void undecodableOrUnknownFact_keepsWhatWasThere() {
    accept("fashion", Samples.published("fashion", Samples.card()));
    catalog.accept(record("fashion", "\u0007 no message".getBytes(StandardCharsets.UTF_8)));
    accept("fashion", ControlEvent.newBuilder().setModel("fashion").build());

    assertThat(catalog.find("fashion")).isPresent();
  }

  @Test
  void reports_areKeptBesideTheModel_untilTheyAreTakenBack() {
    accept("fashion", Samples.published("fashion", Samples.card()));
    accept("fashion/v1@w2", Samples.served("v1", "w2", 30));
    accept("fashion/v1@w1", Samples.served("v1", "w1", 30));
    accept("fashion/v2@w1", Samples.refused("v2", "w1", 30));

    assertThat(catalog.names()).isEqualTo("fashion");
    assertThat(catalog.find("fashion").orElseThrow().version()).isEqualTo("v1");
    assertThat(catalog.reports().served("fashion"))
        .containsExactly(
            Samples.served("v1", "w1", 30).getServed(), Samples.served("v1", "w2", 30).getServed());
    assertThat(catalog.reports().refused("fashion"))
        .containsExactly(Samples.refused("v2", "w1", 30).getRefused());
    assertThat(catalog.reports().served("digits")).isEmpty();

    accept("fashion/v2@w1", null);
    accept("fashion/v1@w1", null);
    assertThat(catalog.reports().refused()).isEmpty();
    assertThat(catalog.reports().served("fashion")).hasSize(1);
    assertThat(catalog.find("fashion")).isPresent();
  }

  @Test
  void reportThatIsNotSaidAgain_isLeftOut() {
    long old = 60 - WorkerReports.KEPT.toSeconds();
    accept("fashion/v1@w1", Samples.served("v1", "w1", old));
    accept("fashion/v2@w1", Samples.refused("v2", "w1", old - 1));

    assertThat(catalog.reports().served("fashion")).hasSize(1);
    assertThat(catalog.reports().refused()).isEmpty();
  }

  @Test
  void reportUnderAModelsName_keepsWhatWasThere() {
    accept("fashion", Samples.published("fashion", Samples.card()));
    accept("fashion", Samples.refused("v2", "w1", 30));
    accept("fashion/v1@w1", Samples.published("fashion/v1@w1", Samples.card()));

    assertThat(catalog.names()).isEqualTo("fashion");
    assertThat(catalog.reports().refused()).isEmpty();
  }

  @Test
  void reportWithoutATrueTime_isPassedOver() {
    ControlEvent served = Samples.served("v1", "w1", 30);
    Timestamp never = Timestamp.newBuilder().setNanos(-1).build();
    accept("fashion/v1@w1", served.toBuilder().setOccurredAt(never).build());
    accept(
        "fashion/v1@w2",
        served.toBuilder().setServed(served.getServed().toBuilder().setAt(never)).build());

    assertThat(catalog.reports().served("fashion")).isEmpty();
  }

  @Test
  void className_outsideTheClasses_isEmpty() {
    PublishedModel model = new PublishedModel("fashion", "v1", Samples.card(), Samples.time(0));
    assertThat(model.className(2)).contains("Ankle boot");
    assertThat(model.className(3)).isEmpty();
    assertThat(model.className(-1)).isEmpty();
  }

  private void accept(String model, @Nullable ControlEvent event) {
    catalog.accept(record(model, event == null ? null : event.toByteArray()));
  }

  private static ConsumerRecord<String, byte[]> record(String key, byte @Nullable [] value) {
    return new ConsumerRecord<>(Topics.CONTROL, 0, 0, key, value);
  }
}
