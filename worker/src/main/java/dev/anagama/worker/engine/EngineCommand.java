package dev.anagama.worker.engine;

/** What others may ask of the engine; taken between two steps, in the order it was asked. */
public sealed interface EngineCommand {
  /** Something about a model. */
  sealed interface OfModel extends EngineCommand {
    /** The model that it is about. */
    String model();
  }

  /** A checkpoint of a model is on its way; jobs for the model wait for it, unless it is served. */
  record Expect(String model) implements OfModel {}

  /** Jobs that have not begun use this version from now on. */
  record Serve(ServedModel served) implements OfModel {
    @Override
    public String model() {
      return served.name();
    }
  }

  /**
   * A checkpoint can not be used. A version that is served stays; without one, jobs for the model
   * fail.
   */
  record Refuse(String model, String reason) implements OfModel {}

  /** The model is no longer served: its jobs fail, but those that have begun are finished. */
  record Withdraw(String model, String reason) implements OfModel {}

  /** The job is not wanted any more: it ends before its next step, unless it has ended. */
  record Cancel(String jobId) implements EngineCommand {}
}
