package dev.anagama.bench.faults;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Where requests wait until they are let go. */
public final class Gate {
  private final CompletableFuture<StoreCall> reached = new CompletableFuture<>();
  private final CountDownLatch open = new CountDownLatch(1);

  /**
   * Waits until a request has come.
   *
   * @return the first
   * @throws TimeoutException if none comes in time
   */
  public StoreCall awaitReached(Duration longest) throws InterruptedException, TimeoutException {
    try {
      return reached.get(longest.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw new IllegalStateException("it does not fail", e);
    }
  }

  /** Whether a request has come. */
  public boolean reached() {
    return reached.isDone();
  }

  /** Lets all go, those that wait and those that come later. */
  public void open() {
    open.countDown();
  }

  void pass(StoreCall call) throws InterruptedException {
    reached.complete(call);
    open.await();
  }
}
