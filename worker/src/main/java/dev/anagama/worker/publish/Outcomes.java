package dev.anagama.worker.publish;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Stored ends and failed attempts on their way from the publisher's threads to the one thread that
 * tells the ones and tries the others again.
 */
public final class Outcomes {
  private final BlockingQueue<Outcome> queue;
  private final AtomicInteger unsettled = new AtomicInteger();

  /** Makes the queue; {@code capacity} outcomes may wait. */
  public Outcomes(int capacity) {
    this.queue = new ArrayBlockingQueue<>(capacity);
  }

  /** Adds one, waiting for room. */
  public void put(Outcome outcome) throws InterruptedException {
    unsettled.incrementAndGet();
    queue.put(outcome);
  }

  /** The next one, which stays until {@link #remove}; null if there is none. */
  public @Nullable Outcome peek() {
    return queue.peek();
  }

  /** Takes the next one out. */
  public void remove() {
    queue.remove();
  }

  /** So many that were taken out are told or tried again, or not this worker's any more. */
  public void settled(int count) {
    unsettled.addAndGet(-count);
  }

  /** Those that were put here and are not settled. */
  public int unsettled() {
    return unsettled.get();
  }
}
