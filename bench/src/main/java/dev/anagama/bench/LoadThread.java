package dev.anagama.bench;

import java.util.Optional;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** The thread that a load submits its jobs on, until it is closed or one can not be submitted. */
public final class LoadThread implements AutoCloseable {
  /** Longest that the job at hand is waited for at the end. */
  private static final long CLOSE_MILLIS = 60_000;

  private final Thread thread;
  private volatile boolean stopping;
  private volatile @Nullable Throwable failure;

  /** What the thread does; it asks {@link #goesOn} between two jobs. */
  @FunctionalInterface
  public interface Submitting {
    /**
     * Submits jobs for as long as it goes on.
     *
     * @throws TimeoutException if one was not taken in time
     */
    void run() throws InterruptedException, TimeoutException;
  }

  /** Makes a thread that has not begun. */
  public LoadThread(String name, Submitting submitting) {
    this.thread = new Thread(() -> run(submitting), name);
  }

  /** Begins to submit. */
  public void begin() {
    thread.start();
  }

  /** Whether more jobs are to be submitted. */
  public boolean goesOn() {
    return !stopping;
  }

  /** What has ended the load before it was closed. */
  public Optional<Throwable> failure() {
    return Optional.ofNullable(failure);
  }

  /** Submits no more jobs; one that is being submitted is first acknowledged. */
  @Override
  public void close() {
    stopping = true;
    try {
      thread.join(CLOSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run(Submitting submitting) {
    try {
      submitting.run();
    } catch (RuntimeException | TimeoutException e) {
      failure = e;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
