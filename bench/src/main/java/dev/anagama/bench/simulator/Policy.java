package dev.anagama.bench.simulator;

import com.fasterxml.jackson.annotation.JsonValue;

/** What a worker does with its jobs. */
public enum Policy {
  /** The engine's: jobs join at every step boundary. */
  STEP_BOUNDARY("step-boundary") {
    @Override
    WorkerPolicy worker(int rowLimit) {
      return new StepJoining(rowLimit);
    }
  },
  /** A batch of jobs of equal steps runs to its end before the next begins. */
  WHOLE_BATCH("whole-batch") {
    @Override
    WorkerPolicy worker(int rowLimit) {
      return new WholeBatch(rowLimit);
    }
  };

  private final String label;

  Policy(String label) {
    this.label = label;
  }

  /** Its name in files. */
  @JsonValue
  public String label() {
    return label;
  }

  /** A worker that follows it. */
  abstract WorkerPolicy worker(int rowLimit);
}
