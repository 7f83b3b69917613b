package dev.anagama.deploy.cli;

import java.util.concurrent.Callable;

/**
 * Ends the process at once on SIGINT and SIGTERM, while native code computes for a long time and
 * what is on disk is whole at any moment. The usual end would take PyTorch's memory away under the
 * threads that use it, which crashes and leaves a report of that instead of a clean stop.
 */
final class AbruptStop {
  /** What a shell says of a command that was interrupted. */
  private static final int INTERRUPTED = 130;

  private AbruptStop() {}

  /** Does some work, during which a signal ends the process. */
  static <T> T during(Callable<T> work) throws Exception {
    Runtime runtime = Runtime.getRuntime();
    Thread hook = new Thread(() -> runtime.halt(INTERRUPTED), "anagama-abrupt-stop");
    runtime.addShutdownHook(hook);
    try {
      return work.call();
    } finally {
      remove(hook);
    }
  }

  private static void remove(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The process is ending already, by the hook.
    }
  }
}
