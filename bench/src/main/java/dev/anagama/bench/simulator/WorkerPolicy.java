package dev.anagama.bench.simulator;

import java.util.List;

/** What one worker does next. Times are simulated nanoseconds that never go back. */
interface WorkerPolicy {
  /** The worker has taken a job. */
  void take(SimulatedJob job, long nowNanos);

  /**
   * Chooses what the next forward pass computes.
   *
   * @return its network rows; 0 if there is nothing to do
   */
  int begin(long nowNanos);

  /**
   * The pass that was chosen last is over.
   *
   * @return jobs that have ended with it
   */
  List<SimulatedJob> end(long nowNanos);
}
