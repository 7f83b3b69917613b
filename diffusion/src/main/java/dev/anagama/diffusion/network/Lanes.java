package dev.anagama.diffusion.network;

import ai.djl.pytorch.jni.JniUtils;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;

/**
 * Threads that work side by side, each confined to one core: what PyTorch computes on a lane it
 * computes on that thread alone.
 *
 * <p>A pass that is shared out by rows needs its threads to meet once, at its end. PyTorch's own
 * threads share out every operation and meet some hundred times in a pass; where another process
 * holds up one of them, all wait each time.
 *
 * <p>Used by one thread at a time, which also closes it.
 */
final class Lanes implements AutoCloseable {
  private final int count;
  private final ExecutorService threads;

  /** Starts {@code count} threads, at least 2. */
  Lanes(int count) {
    this.count = count;
    this.threads =
        Executors.newFixedThreadPool(
            count,
            task -> {
              Thread thread = new Thread(task, "anagama-lane");
              thread.setDaemon(true);
              return thread;
            });
    try {
      confine();
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  /** Number of threads. */
  int count() {
    return count;
  }

  /**
   * Runs {@code task} for 0, ..., {@code parts - 1}, at most one part a lane, and waits for all of
   * them, also where one fails or the caller is interrupted: they use the caller's arrays.
   *
   * @param parts 1 to {@link #count}
   * @return the results in the order of the parts
   * @throws RuntimeException or Error that a part ended in, those of others suppressed in it
   */
  <T> List<T> runAll(int parts, IntFunction<T> task) {
    List<Future<T>> running = new ArrayList<>(parts);
    for (int i = 0; i < parts; i++) {
      int part = i;
      running.add(threads.submit(() -> task.apply(part)));
    }
    List<T> results = new ArrayList<>(parts);
    Throwable failure = null;
    for (Future<T> future : running) {
      try {
        results.add(uninterruptibly(future));
      } catch (ExecutionException e) {
        Throwable cause = e.getCause() == null ? e : e.getCause();
        if (failure == null) {
          failure = cause;
        } else if (failure != cause) {
          failure.addSuppressed(cause);
        }
      }
    }
    if (failure instanceof Error error) {
      throw error;
    }
    if (failure != null) {
      // A part can throw nothing that is checked.
      throw (RuntimeException) failure;
    }
    return results;
  }

  /** Lets the threads end; no part runs, so they do at once. */
  @Override
  public void close() {
    threads.shutdown();
  }

  /**
   * PyTorch keeps the number of threads of an operation for each calling thread, but takes it, when
   * a thread first asks, from the one that was set last anywhere. So each lane sets one and asks at
   * once; then the others' number is put back. One construction at a time, lest it put back a one.
   */
  private void confine() {
    synchronized (Lanes.class) {
      int before = JniUtils.getNumThreads();
      try {
        runAll(
            count,
            lane -> {
              JniUtils.setNumThreads(1);
              return JniUtils.getNumThreads();
            });
      } finally {
        JniUtils.setNumThreads(before);
      }
    }
  }

  private static <T> T uninterruptibly(Future<T> future) throws ExecutionException {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return future.get();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
