package dev.anagama.bench.simulator;

/** What is added up over the part of a run that counts. Numbers stand for the whole fleet. */
final class Window {
  private static final double NANOS = 1e9;

  private boolean open;
  private long startNanos;
  private long endNanos;
  private long movedNanos;
  private double jobsInSystem;
  private double jobNanos;
  private double busyNanos;
  private double come;
  private double images;

  void open(long nowNanos) {
    open = true;
    startNanos = nowNanos;
    movedNanos = nowNanos;
  }

  void close(long nowNanos) {
    move(nowNanos);
    open = false;
    endNanos = nowNanos;
  }

  /** So many jobs have come. */
  void come(double jobs, long nowNanos) {
    move(nowNanos);
    jobsInSystem += jobs;
    come += open ? jobs : 0;
  }

  /** So many jobs, of so many images each, have ended. */
  void ended(double jobs, int imagesEach, long nowNanos) {
    move(nowNanos);
    jobsInSystem -= jobs;
    images += open ? jobs * imagesEach : 0;
  }

  /** So many workers were busy all the time between. */
  void busy(double workers, long fromNanos, long toNanos) {
    if (open) {
      busyNanos += workers * (toNanos - Math.max(fromNanos, startNanos));
    }
  }

  /** Workers that were busy, in the mean. */
  double workersBusy() {
    return busyNanos / spanNanos();
  }

  /** Jobs that had come and not ended, in the mean. */
  double jobsInSystem() {
    return jobNanos / spanNanos();
  }

  /** Jobs that came a second. */
  double jobsPerSecond() {
    return come * NANOS / spanNanos();
  }

  /** Images a second of the jobs that ended. */
  double imagesPerSecond() {
    return images * NANOS / spanNanos();
  }

  private void move(long nowNanos) {
    if (open) {
      jobNanos += jobsInSystem * (nowNanos - movedNanos);
      movedNanos = nowNanos;
    }
  }

  private double spanNanos() {
    return Math.max(1, endNanos - startNanos);
  }
}
