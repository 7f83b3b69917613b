package dev.anagama.worker.intake;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Which of the jobs in hand begins next.
 *
 * <p><b>A suspect runs alone.</b> A job that ends its worker's process, or its steps, takes its
 * neighbours along, and each of them was begun as often as it was. So a job that was begun twice
 * without an end begins when nothing else runs, and until it has ended nothing else begins. The one
 * that does it is then the only one to be counted on, and an innocent neighbour ends at its first
 * turn. While a suspect waits or runs, no record is taken.
 *
 * <p>Jobs whose last attempt failed wait until their pause is over, and hold nobody up meanwhile.
 * The same calls give the same answers: there is no clock, no chance and no thread in here.
 *
 * @param <J> a job, by {@code equals}
 */
final class StartOrder<J> {
  private final Map<J, Wait> waiting = new LinkedHashMap<>();
  private final Set<J> running = new LinkedHashSet<>();
  private boolean alone;

  private record Wait(boolean suspect, long notBeforeNanos) {
    boolean due(long nowNanos) {
      return nowNanos - notBeforeNanos >= 0;
    }
  }

  /**
   * A job is to begin, for the first time or again.
   *
   * @param suspect whether it runs alone
   * @param notBeforeNanos when its pause is over
   */
  void add(J job, boolean suspect, long notBeforeNanos) {
    running.remove(job);
    waiting.put(job, new Wait(suspect, notBeforeNanos));
  }

  /** The job that is to begin now; it stays where it is until {@link #begun}. */
  Optional<J> next(long nowNanos) {
    if (alone && !running.isEmpty()) {
      return Optional.empty();
    }
    Optional<J> suspect = first(nowNanos, true);
    if (suspect.isPresent()) {
      return running.isEmpty() ? suspect : Optional.empty();
    }
    return first(nowNanos, false);
  }

  /** It begins. */
  void begun(J job) {
    Wait wait = waiting.remove(job);
    if (wait == null) {
      throw new IllegalStateException(job + " does not wait to begin");
    }
    running.add(job);
    alone = wait.suspect();
  }

  /** It has ended, or is not ours any more. */
  void remove(J job) {
    waiting.remove(job);
    running.remove(job);
  }

  /** Those are not ours any more. */
  void removeIf(Predicate<J> unwanted) {
    waiting.keySet().removeIf(unwanted);
    running.removeIf(unwanted);
  }

  /** Whether further jobs may be taken: no suspect waits for its turn, or has it. */
  boolean takes(long nowNanos) {
    return !(alone && !running.isEmpty()) && first(nowNanos, true).isEmpty();
  }

  /** Whether a job has begun and not ended. */
  boolean isRunning(J job) {
    return running.contains(job);
  }

  /** Jobs that have not begun. */
  List<J> waiting() {
    return List.copyOf(waiting.keySet());
  }

  /** Jobs that could begin if there is room, each in its turn. */
  List<J> due(long nowNanos) {
    return waiting.entrySet().stream()
        .filter(entry -> entry.getValue().due(nowNanos))
        .map(Map.Entry::getKey)
        .toList();
  }

  private Optional<J> first(long nowNanos, boolean suspect) {
    return waiting.entrySet().stream()
        .filter(entry -> entry.getValue().suspect() == suspect && entry.getValue().due(nowNanos))
        .map(Map.Entry::getKey)
        .findFirst();
  }
}
