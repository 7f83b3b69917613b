package dev.anagama.worker.intake;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Records that were fetched and not taken. Those of one class are taken in their order, and the
 * classes by turns. Used by one thread.
 */
final class FetchedRecords {
  private final Map<PriorityClass, Queue> queues = new EnumMap<>(PriorityClass.class);

  private static final class Queue {
    private final Deque<ConsumerRecord<String, byte[]>> records = new ArrayDeque<>();
    private int turnsLeft;

    Queue(int turns) {
      this.turnsLeft = turns;
    }
  }

  FetchedRecords() {
    for (PriorityClass each : PriorityClass.values()) {
      queues.put(each, new Queue(each.turns()));
    }
  }

  void add(ConsumerRecord<String, byte[]> record) {
    queue(PriorityClass.of(record.topic())).records.add(record);
  }

  /**
   * The record whose turn it is; it stays until {@link #removeFirst}.
   *
   * @param hasRoom whether a job of a class may be taken
   */
  Optional<ConsumerRecord<String, byte[]>> next(Predicate<PriorityClass> hasRoom) {
    boolean anyReady = false;
    for (PriorityClass each : PriorityClass.values()) {
      Queue queue = queue(each);
      boolean ready = !queue.records.isEmpty() && hasRoom.test(each);
      if (ready && queue.turnsLeft > 0) {
        return Optional.of(queue.records.element());
      }
      anyReady |= ready;
    }
    if (!anyReady) {
      return Optional.empty();
    }
    // All that could go on have had their turns: another round.
    queues.forEach((each, queue) -> queue.turnsLeft = each.turns());
    return next(hasRoom);
  }

  /** The first record of a class was taken, or is not wanted. */
  void removeFirst(PriorityClass of) {
    Queue queue = queue(of);
    queue.records.remove();
    queue.turnsLeft--;
  }

  void removeIf(Predicate<ConsumerRecord<String, byte[]>> unwanted) {
    queues.values().forEach(queue -> queue.records.removeIf(unwanted));
  }

  /** Whether a class has none, and more of it are to be fetched. */
  boolean isEmpty(PriorityClass of) {
    return queue(of).records.isEmpty();
  }

  private Queue queue(PriorityClass of) {
    Queue queue = queues.get(of);
    if (queue == null) {
      throw new IllegalStateException("every class has a queue");
    }
    return queue;
  }
}
