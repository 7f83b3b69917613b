package dev.anagama.diffusion.network;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.function.IntFunction;

/**
 * Threads that work side by side, each with processor threads of its own: what PyTorch computes on
 * a lane it computes on those alone.
 *
 * <p>A caller with as many processor threads as a lane has takes a part itself. It has nothing else
 * to do until all parts have ended, and then there is a thread to wake for every core but its own.
 * With one for every core, some began a scheduling slice of 3 ms late.
 *
 * <p>A pass that is shared out by rows needs its threads to meet once, at its end. PyTorch's own
 * threads share out every operation and meet some hundred times in a pass; where another process
 * holds up one of them, all wait each time.
 *
 * <p>Used by one thread at a time, which also closes it.
 */
final class Lanes implements AutoCloseable {
  private final int count;
  private final int threadsEach;
  private final ExecutorService threads;

  /**
   * Starts the lanes.
   *
   * @param count at least 1
   * @param threadsEach processor threads that a lane shares its operations out among, at least 1
   */
  Lanes(int count, int threadsEach) {
    this.count = count;
    this.threadsEach = threadsEach;
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
   * them, also where one fails or the caller is interrupted: they use the caller's arrays. The last
   * part is the caller's, if it has as many processor threads as a lane.
   *
   * @param parts 1 to {@link #count}
   * @return the results in the order of the parts
   * @throws RuntimeException or Error that a part ended in, those of others suppressed in it
   */
  <T> List<T> runAll(int parts, IntFunction<T> task) {
    boolean callerTakesOne = IntraOpThreads.ofCaller() == threadsEach;
    int handedOver = callerTakesOne ? parts - 1 : parts;
    List<Future<T>> running = handOver(handedOver, task);
    if (callerTakesOne) {
      FutureTask<T> own = new FutureTask<>(() -> task.apply(handedOver));
      own.run();
      running.add(own);
    }
    return results(running);
  }

  /** Lets the threads end; no part runs, so they do at once. */
  @Override
  public void close() {
    threads.shutdown();
  }

  /** Each lane gets one part, since a pool starts a thread for each of its first tasks. */
  private void confine() {
    var unused =
        results(
            handOver(
                count,
                lane -> {
                  IntraOpThreads.limitCaller(threadsEach);
                  return lane;
                }));
  }

  private <T> List<Future<T>> handOver(int parts, IntFunction<T> task) {
    List<Future<T>> running = new ArrayList<>(count);
    for (int i = 0; i < parts; i++) {
      int part = i;
      running.add(threads.submit(() -> task.apply(part)));
    }
    return running;
  }

  /** Waits for all parts. */
  private static <T> List<T> results(List<Future<T>> running) {
    List<T> results = new ArrayList<>(running.size());
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
