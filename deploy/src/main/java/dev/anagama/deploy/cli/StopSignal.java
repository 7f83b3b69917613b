package dev.anagama.deploy.cli;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Turns SIGINT and SIGTERM into an orderly end: the command is told, and the process waits for it
 * to finish, for a while.
 */
final class StopSignal implements AutoCloseable {
  private static final Duration GRACE = Duration.ofMinutes(1);
  private static final long LOOK_MILLIS = 1_000;

  private final CountDownLatch requested = new CountDownLatch(1);
  private final CountDownLatch finished = new CountDownLatch(1);
  private final Thread hook = new Thread(this::stop, "anagama-stop");

  private StopSignal() {}

  /** Begins to listen; the command closes it when it has finished. */
  static StopSignal install() {
    StopSignal signal = new StopSignal();
    Runtime.getRuntime().addShutdownHook(signal.hook);
    return signal;
  }

  /** Whether the command is to finish. */
  boolean requested() {
    return requested.getCount() == 0;
  }

  /**
   * Waits until the command is to finish.
   *
   * @param failure what has ended the work before that, if anything has; asked about once a second
   * @throws CommandException if something has
   */
  void await(Supplier<Optional<Throwable>> failure) throws InterruptedException {
    while (!requested.await(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
      Optional<Throwable> found = failure.get();
      if (found.isPresent()) {
        throw new CommandException("the worker has failed: " + found.get());
      }
    }
  }

  /** Lets the process end. */
  @Override
  public void close() {
    finished.countDown();
  }

  private void stop() {
    requested.countDown();
    try {
      if (!finished.await(GRACE.toSeconds(), TimeUnit.SECONDS)) {
        System.err.println("anagama: not stopped in order in " + GRACE.toSeconds() + " s");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
