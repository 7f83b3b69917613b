package dev.anagama.worker.engine;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Draws the noise of the next step on a thread of its own while the device takes this one. Each row
 * draws from its own stream in its own order, so it does not matter when or where; and there is one
 * task at a time, so nothing queues up. Used by the engine's thread alone.
 */
final class NoiseAhead implements AutoCloseable {
  private static final Future<?> NOTHING = CompletableFuture.completedFuture(null);

  private final ExecutorService thread;
  private Future<?> drawing = NOTHING;

  /** Starts the thread. */
  NoiseAhead(String name) {
    this.thread = Executors.newSingleThreadExecutor(task -> new Thread(task, name));
  }

  /**
   * Begins to draw what the rows need after the step that they take now. Call await first.
   *
   * @param rows of which each {@link Row#drawsAhead}
   */
  void start(List<Row> rows) {
    // A thread that is woken for nothing takes a core from a lane.
    drawing = rows.isEmpty() ? NOTHING : thread.submit(() -> rows.forEach(Row::drawAhead));
  }

  /**
   * Waits until the rows are the caller's again.
   *
   * @throws IllegalStateException if their noise could not be drawn; said once, so that the step
   *     can be tried again
   */
  void await() throws InterruptedException {
    try {
      drawing.get();
    } catch (ExecutionException e) {
      drawing = NOTHING;
      throw new IllegalStateException("noise could not be drawn", e.getCause());
    }
  }

  /** Stops the thread after the task at hand, which is short. */
  @Override
  public void close() {
    thread.shutdown();
  }
}
