package dev.anagama.bench.engine;

import dev.anagama.bench.BenchJob;
import dev.anagama.worker.engine.EngineReport;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * Keeps an engine full for a while and tells how much went through it meanwhile.
 *
 * <p>Rows of the network are counted, not images: images of one length end in bursts, and a window
 * may hold one burst more or less. An image takes a fixed number of rows.
 */
final class FullLoad {
  private static final double NANOS = 1e9;

  /** Seldom, because looking takes time from the engine; enough jobs wait for much longer. */
  private static final long FEED_NANOS = TimeUnit.MILLISECONDS.toNanos(4);

  /** Often, to see the end of a step when it comes. */
  private static final long LOOK_NANOS = TimeUnit.MICROSECONDS.toNanos(200);

  private static final long STALL_NANOS = TimeUnit.MINUTES.toNanos(2);

  /** Part of a window that passes before it begins, so that the engine is full by then. */
  private static final double LEAD = 0.1;

  private final LocalEngine engine;
  private int jobs;

  FullLoad(LocalEngine engine) {
    this.engine = engine;
  }

  /**
   * Rows a second while jobs of one kind never run out; returns when all have ended.
   *
   * @param seconds length of the window, above 0
   */
  double rowsPerSecond(Supplier<BenchJob> kind, double seconds) {
    feedUntil(kind, System.nanoTime() + Math.round(LEAD * seconds * NANOS));
    // From the end of a step to the end of a step.
    EngineReport before = afterStep(kind);
    final long startNanos = System.nanoTime();
    feedUntil(kind, startNanos + Math.round(seconds * NANOS));
    EngineReport after = afterStep(kind);
    final long endNanos = System.nanoTime();
    drain();
    return (after.networkRows() - before.networkRows()) / ((endNanos - startNanos) / NANOS);
  }

  private void feedUntil(Supplier<BenchJob> kind, long untilNanos) {
    while (System.nanoTime() - untilNanos < 0) {
      feed(kind);
      LockSupport.parkNanos(FEED_NANOS);
    }
  }

  private EngineReport afterStep(Supplier<BenchJob> kind) {
    EngineReport start = engine.report();
    long stallNanos = System.nanoTime() + STALL_NANOS;
    EngineReport now = start;
    while (now.cycles() == start.cycles()) {
      requireBefore(stallNanos);
      feed(kind);
      LockSupport.parkNanos(LOOK_NANOS);
      now = engine.report();
    }
    return now;
  }

  private void feed(Supplier<BenchJob> kind) {
    while (engine.offer("load-" + jobs, kind.get())) {
      jobs++;
    }
    engine.takeEnds(event -> {});
  }

  private void drain() {
    long stallNanos = System.nanoTime() + STALL_NANOS;
    while (engine.open() > 0) {
      requireBefore(stallNanos);
      engine.takeEnds(event -> {});
      LockSupport.parkNanos(FEED_NANOS);
    }
  }

  private static void requireBefore(long stallNanos) {
    if (System.nanoTime() - stallNanos > 0) {
      throw new IllegalStateException("the engine takes no steps");
    }
  }
}
