package dev.anagama.gateway.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.anagama.contract.Topics;
import dev.anagama.gateway.Samples;
import dev.anagama.v1.CheckpointWithdrawn;
import dev.anagama.v1.ControlEvent;
import dev.anagama.v1.ModelCard;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ModelCatalogTest {
  private final ModelCatalog catalog = new ModelCatalog(Optional.empty());

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
    ModelCatalog configured = new ModelCatalog(Optional.of("digits"));
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
  void undecodableOrUnknownFact_keepsWhatWasThere() {
    accept("fashion", Samples.published("fashion", Samples.card()));
    catalog.accept(record("fashion", "\u0007 no message".getBytes(StandardCharsets.UTF_8)));
    accept("fashion", ControlEvent.newBuilder().setModel("fashion").build());

    assertThat(catalog.find("fashion")).isPresent();
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
