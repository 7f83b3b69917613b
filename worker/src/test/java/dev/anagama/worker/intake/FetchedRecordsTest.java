package dev.anagama.worker.intake;

import static org.assertj.core.api.Assertions.assertThat;

import dev.anagama.contract.Topics;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

class FetchedRecordsTest {
  private final FetchedRecords fetched = new FetchedRecords();

  @Test
  void fullClasses_takeTurns() {
    flood(100);

    assertThat(taken(PriorityClass.ALL_TURNS, of -> true))
        .containsEntry(PriorityClass.INTERACTIVE, 8)
        .containsEntry(PriorityClass.STANDARD, 4)
        .containsEntry(PriorityClass.BATCH, 1);
    assertThat(taken(2 * PriorityClass.ALL_TURNS, of -> true))
        .containsEntry(PriorityClass.BATCH, 2);
  }

  @Test
  void mostUrgent_isFirst_andTheOnlyOneHasAllTurns() {
    flood(20);

    assertThat(fetched.next(of -> true).orElseThrow().topic()).isEqualTo(Topics.JOBS_INTERACTIVE);
    assertThat(taken(20, of -> of == PriorityClass.BATCH))
        .containsExactlyEntriesOf(Map.of(PriorityClass.BATCH, 20));
    assertThat(fetched.isEmpty(PriorityClass.BATCH)).isTrue();
    assertThat(fetched.next(of -> of == PriorityClass.BATCH)).isEmpty();
  }

  @Test
  void recordsOfAClass_keepTheirOrder() {
    flood(3);

    for (int offset = 0; offset < 3; offset++) {
      var record = fetched.next(of -> of == PriorityClass.STANDARD).orElseThrow();
      assertThat(record.offset()).isEqualTo(offset);
      fetched.removeFirst(PriorityClass.STANDARD);
    }
  }

  @Test
  void floodOfALowerClass_leavesPlacesToTheHigherOnes() {
    Map<PriorityClass, Integer> inHand = new EnumMap<>(PriorityClass.class);
    flood(200);
    Predicate<PriorityClass> hasRoom = of -> of.hasRoom(c -> inHand.getOrDefault(c, 0), 64);

    fill(inHand, of -> of == PriorityClass.BATCH && hasRoom.test(of));
    assertThat(inHand).containsEntry(PriorityClass.BATCH, 32);
    fill(inHand, of -> of != PriorityClass.INTERACTIVE && hasRoom.test(of));
    assertThat(inHand).containsEntry(PriorityClass.STANDARD, 16);
    fill(inHand, hasRoom);
    assertThat(inHand).containsEntry(PriorityClass.INTERACTIVE, 16);
    // Where all are full, the place of a job that ends is for whoever's turn it is.
    inHand.merge(PriorityClass.BATCH, -1, Integer::sum);
    assertThat(hasRoom.test(PriorityClass.BATCH)).isTrue();
    assertThat(hasRoom.test(PriorityClass.STANDARD)).isTrue();
    assertThat(hasRoom.test(PriorityClass.INTERACTIVE)).isTrue();
  }

  private void fill(Map<PriorityClass, Integer> inHand, Predicate<PriorityClass> hasRoom) {
    for (Optional<ConsumerRecord<String, byte[]>> next = fetched.next(hasRoom);
        next.isPresent();
        next = fetched.next(hasRoom)) {
      PriorityClass of = PriorityClass.of(next.get().topic());
      fetched.removeFirst(of);
      inHand.merge(of, 1, Integer::sum);
    }
  }

  private Map<PriorityClass, Integer> taken(int count, Predicate<PriorityClass> hasRoom) {
    Map<PriorityClass, Integer> taken = new EnumMap<>(PriorityClass.class);
    for (int i = 0; i < count; i++) {
      PriorityClass of = PriorityClass.of(fetched.next(hasRoom).orElseThrow().topic());
      fetched.removeFirst(of);
      taken.merge(of, 1, Integer::sum);
    }
    return taken;
  }

  private void flood(int records) {
    for (String topic : Topics.ALL_JOBS) {
      for (int offset = 0; offset < records; offset++) {
        fetched.add(new ConsumerRecord<>(topic, 0, offset, "j" + offset, new byte[0]));
      }
    }
  }
}
