package dev.anagama.bench.faults;

/** What a stream of bytes has to pass: it may be shut, or slow. Any thread may call. */
final class Valve {
  private boolean shut;
  private boolean broken;
  private long delayMillis;

  /** Nothing passes until {@link #open}. */
  synchronized void shut() {
    shut = true;
  }

  /** Every piece waits that long. */
  synchronized void slow(long millis) {
    delayMillis = millis;
  }

  /** Everything passes at once. */
  synchronized void open() {
    shut = false;
    delayMillis = 0;
    notifyAll();
  }

  /** Nothing passes ever again, and nobody waits. */
  synchronized void close() {
    broken = true;
    notifyAll();
  }

  /**
   * Waits until a piece may pass.
   *
   * @return whether it may; not after {@link #close}
   */
  synchronized boolean pass() throws InterruptedException {
    long untilNanos = System.nanoTime() + delayMillis * 1_000_000;
    while (!broken && (shut || (delayMillis > 0 && System.nanoTime() - untilNanos < 0))) {
      if (shut) {
        wait();
      } else {
        wait(Math.max(1, (untilNanos - System.nanoTime()) / 1_000_000));
      }
    }
    return !broken;
  }
}
