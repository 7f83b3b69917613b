package dev.anagama.gateway.status;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;

/**
 * How far the topics of jobs were read, and who waits for that. The thread that reads writes it,
 * any thread waits; what it holds is bounded by the submissions that may be in hand.
 */
public final class ReadMarks {
  private final Map<TopicPartition, Long> read = new HashMap<>();
  private final Map<TopicPartition, NavigableMap<Long, CompletableFuture<Void>>> waiting =
      new HashMap<>();

  /**
   * A future that completes when the record at {@code offset}, and so every earlier one of its
   * partition, was read. Give it back with {@link #release} if it is not waited for any more.
   */
  public synchronized CompletableFuture<Void> whenRead(TopicPartition partition, long offset) {
    if (read.getOrDefault(partition, -1L) >= offset) {
      return CompletableFuture.completedFuture(null);
    }
    return waiting
        .computeIfAbsent(partition, key -> new TreeMap<>())
        .computeIfAbsent(offset, key -> new CompletableFuture<>());
  }

  /** Forgets whoever waits for that record. */
  public synchronized void release(TopicPartition partition, long offset) {
    NavigableMap<Long, CompletableFuture<Void>> waiters = waiting.get(partition);
    if (waiters != null) {
      waiters.remove(offset);
      if (waiters.isEmpty()) {
        waiting.remove(partition);
      }
    }
  }

  /** Takes that a record was read, and wakes whoever waits for it or for an earlier one. */
  public void read(TopicPartition partition, long offset) {
    List<CompletableFuture<Void>> woken = List.of();
    synchronized (this) {
      read.put(partition, offset);
      NavigableMap<Long, CompletableFuture<Void>> waiters = waiting.get(partition);
      if (waiters != null) {
        NavigableMap<Long, CompletableFuture<Void>> reached = waiters.headMap(offset, true);
        woken = new ArrayList<>(reached.values());
        reached.clear();
        if (waiters.isEmpty()) {
          waiting.remove(partition);
        }
      }
    }
    // Outside the lock: what waits may do anything.
    woken.forEach(waiter -> waiter.complete(null));
  }

  /** How many wait. */
  synchronized int waiters() {
    return waiting.values().stream().mapToInt(Map::size).sum();
  }
}
