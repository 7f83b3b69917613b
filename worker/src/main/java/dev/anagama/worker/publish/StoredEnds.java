package dev.anagama.worker.publish;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Stored ends on their way from the publisher's threads to the one thread that tells them. */
public final class StoredEnds {
  private final BlockingQueue<StoredEnd> queue;
  private final AtomicInteger untold = new AtomicInteger();

  /** Makes the queue; {@code capacity} ends may wait. */
  public StoredEnds(int capacity) {
    this.queue = new ArrayBlockingQueue<>(capacity);
  }

  /** Adds one, waiting for room. */
  public void put(StoredEnd end) throws InterruptedException {
    untold.incrementAndGet();
    queue.put(end);
  }

  /** The next one, which stays until {@link #remove}; null if there is none. */
  public @Nullable StoredEnd peek() {
    return queue.peek();
  }

  /** Takes the next one out. */
  public void remove() {
    queue.remove();
  }

  /** So many that were taken out are told, or not this worker's to tell any more. */
  public void told(int count) {
    untold.addAndGet(-count);
  }

  /** Ends that were put here and are not told. */
  public int untold() {
    return untold.get();
  }
}
