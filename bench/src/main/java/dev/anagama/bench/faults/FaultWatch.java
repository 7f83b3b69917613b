package dev.anagama.bench.faults;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks at the workers and speaks of progress, on a thread of its own. */
final class FaultWatch implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(FaultWatch.class);

  private static final long LOOK_MILLIS = 100;
  private static final int LOOKS_PER_LINE = 50;
  private static final long CLOSE_SECONDS = 10;

  private final RowMeter meter;
  private final Runnable speak;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(task -> new Thread(task, "bench-fault-watch"));
  private int looks;

  /** Makes a watch that has not begun. */
  FaultWatch(RowMeter meter, Runnable speak) {
    this.meter = meter;
    this.speak = speak;
  }

  void begin() {
    var unused =
        thread.scheduleWithFixedDelay(this::look, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
  }

  @Override
  public void close() {
    thread.shutdownNow();
    try {
      if (!thread.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
        log.warn("the watch is left behind");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void look() {
    try {
      meter.look();
      looks++;
      if (looks % LOOKS_PER_LINE == 0) {
        speak.run();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      log.error("the watch has failed for a moment", e);
    }
  }
}
