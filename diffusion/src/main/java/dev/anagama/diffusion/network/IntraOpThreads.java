package dev.anagama.diffusion.network;

import ai.djl.engine.Engine;
import ai.djl.pytorch.jni.JniUtils;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many processor threads PyTorch shares one operation out among.
 *
 * <p>It keeps the number for each calling thread, but takes it, when a thread first asks, from the
 * one that was set last anywhere. So a thread sets one and asks at once; then another thread puts
 * back what others are to find.
 */
public final class IntraOpThreads {
  private IntraOpThreads() {}

  /** The number for operations of the calling thread. */
  static int ofCaller() {
    // Loads the native code, if nothing was computed yet.
    Engine.getEngine("PyTorch");
    return JniUtils.getNumThreads();
  }

  /**
   * Sets the number for operations of the calling thread, and for no other.
   *
   * @param threads at least 1
   */
  public static void limitCaller(int threads) {
    // One at a time, lest somebody puts back what another has set for itself.
    synchronized (IntraOpThreads.class) {
      // Loads the native code, if nothing was computed yet.
      Engine.getEngine("PyTorch");
      // A new thread finds what others would; the caller may have a number of its own already.
      AtomicInteger others = new AtomicInteger();
      runOnNewThread(() -> others.set(JniUtils.getNumThreads()));
      JniUtils.setNumThreads(threads);
      int taken = JniUtils.getNumThreads();
      runOnNewThread(() -> JniUtils.setNumThreads(others.get()));
      if (taken != threads) {
        throw new IllegalStateException("PyTorch takes no number of threads: " + threads);
      }
    }
  }

  private static void runOnNewThread(Runnable task) {
    Thread thread = new Thread(task, "anagama-intra-op");
    thread.start();
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
