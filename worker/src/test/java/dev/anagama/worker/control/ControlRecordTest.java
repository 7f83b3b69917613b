package dev.anagama.worker.control;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Timestamp;
import dev.anagama.contract.Topics;
import dev.anagama.v1.CheckpointPublished;
import dev.anagama.v1.CheckpointRefused;
import dev.anagama.v1.CheckpointServed;
import dev.anagama.v1.ControlEvent;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ControlRecordTest {
  private static final ControlEvent PUBLISHED =
      ControlEvent.newBuilder()
          .setModel("m")
          .setPublished(CheckpointPublished.getDefaultInstance())
          .build();
  private static final ControlEvent SERVED =
      ControlEvent.newBuilder().setServed(CheckpointServed.getDefaultInstance()).build();
  private static final ControlEvent REFUSED =
      ControlEvent.newBuilder().setRefused(CheckpointRefused.getDefaultInstance()).build();

  @Test
  void publications_areKeyedByModel() {
    assertThat(of("m", PUBLISHED.toByteArray()))
        .isEqualTo(new ControlRecord.Publication(PUBLISHED));
    assertThat(of("m", null))
        .isEqualTo(new ControlRecord.Publication(ControlEvent.newBuilder().setModel("m").build()));
  }

  @Test
  void reports_haveKeysOfTheirOwn() {
    assertThat(of("m/1@w", SERVED.toByteArray()))
        .isEqualTo(new ControlRecord.Report("m/1@w", Optional.of(SERVED)));
    assertThat(of("m/1@w", REFUSED.toByteArray()))
        .isEqualTo(new ControlRecord.Report("m/1@w", Optional.of(REFUSED)));
    assertThat(of("m/1@w", null)).isEqualTo(new ControlRecord.Report("m/1@w", Optional.empty()));
  }

  @Test
  void whatIsNeither_isUnusable() {
    ControlEvent unknownFact = ControlEvent.newBuilder().setModel("m").build();
    assertThat(of("m", unknownFact.toByteArray())).isInstanceOf(ControlRecord.Unusable.class);
    assertThat(of("m", REFUSED.toByteArray())).isInstanceOf(ControlRecord.Unusable.class);
    assertThat(of("other", PUBLISHED.toByteArray())).isInstanceOf(ControlRecord.Unusable.class);
    assertThat(of("m/1@w", PUBLISHED.toByteArray())).isInstanceOf(ControlRecord.Unusable.class);
    ControlEvent timeless =
        SERVED.toBuilder().setOccurredAt(Timestamp.newBuilder().setNanos(-1)).build();
    assertThat(of("m/1@w", timeless.toByteArray())).isInstanceOf(ControlRecord.Unusable.class);
    assertThat(of("m", new byte[] {1, 2, 3})).isInstanceOf(ControlRecord.Unusable.class);
    assertThat(of(null, PUBLISHED.toByteArray())).isInstanceOf(ControlRecord.Unusable.class);
  }

  private static ControlRecord of(@Nullable String key, byte @Nullable [] value) {
    return ControlRecord.of(new ConsumerRecord<>(Topics.CONTROL, 0, 0, key, value));
  }
}
