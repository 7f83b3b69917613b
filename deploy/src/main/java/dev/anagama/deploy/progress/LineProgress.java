package dev.anagama.deploy.progress;

import java.io.PrintStream;
import java.util.concurrent.TimeUnit;

/** A line for each tenth and at least each minute, with the time left, for logs and pipes. */
final class LineProgress implements Progress {
  private static final int TENTHS = 10;
  private static final long QUIET_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final PrintStream stream;
  private String unit = "";
  private long begunAt;
  private long total = 1;
  private long startedNanos;
  private long lastTenth;
  private long lastNanos;

  LineProgress(PrintStream stream) {
    this.stream = stream;
  }

  @Override
  public void phase(String what) {
    stream.println(what);
  }

  @Override
  public void begin(String task, String unit, long done, long total) {
    this.unit = unit;
    this.begunAt = done;
    this.total = total;
    startedNanos = System.nanoTime();
    lastTenth = done * TENTHS / total;
    lastNanos = startedNanos;
  }

  @Override
  public void at(long done, String note) {
    long nowNanos = System.nanoTime();
    long tenth = done * TENTHS / total;
    if (tenth <= lastTenth && nowNanos - lastNanos < QUIET_NANOS) {
      return;
    }
    lastTenth = tenth;
    lastNanos = nowNanos;
    double perSecond =
        Math.max(1, done - begunAt) / Math.max(1e-3, (nowNanos - startedNanos) / 1e9);
    stream.printf(
        "%3d %%, %s, %.0f %s a second, %.0f s left%n",
        100 * done / total, note, perSecond, unit, (total - done) / perSecond);
  }

  @Override
  public void close() {
    stream.flush();
  }
}
