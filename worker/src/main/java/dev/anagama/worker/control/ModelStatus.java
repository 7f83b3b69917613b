package dev.anagama.worker.control;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Where a model stands on this worker, for whoever looks after it.
 *
 * @param model its name
 * @param served what jobs get; empty if there is nothing
 * @param loadingVersion what is being fetched or loaded; empty if nothing is
 * @param refusal the version that was published last, if it was refused
 */
public record ModelStatus(
    String model,
    Optional<Served> served,
    Optional<String> loadingVersion,
    Optional<Refusal> refusal) {
  /**
   * A checkpoint that jobs get.
   *
   * @param version which
   * @param since when it was taken up, UTC
   * @param placements the worker's devices, in the order of the configuration
   */
  public record Served(String version, Instant since, List<Placement> placements) {
    /** Keeps its own list. */
    public Served {
      placements = List.copyOf(placements);
    }
  }

  /**
   * A checkpoint on one device.
   *
   * @param device its name
   * @param precision label of the arithmetic; empty if the checkpoint brings its own
   * @param rowLimit most network rows in one step
   * @param lanes 1, or the number of threads that take a chunk of the rows each
   * @param rowsPerSecond best throughput of forward passes, as it was measured
   * @param measured where the profile comes from, a few words
   */
  public record Placement(
      String device,
      String precision,
      int rowLimit,
      int lanes,
      double rowsPerSecond,
      String measured) {}

  /**
   * A checkpoint that was not taken up.
   *
   * @param version which
   * @param reason what was found and what is allowed
   * @param at when it was refused, UTC
   */
  public record Refusal(String version, String reason, Instant at) {}

  /** Nothing is known of a model yet. */
  static ModelStatus unknown(String model) {
    return new ModelStatus(model, Optional.empty(), Optional.empty(), Optional.empty());
  }

  /** The version that jobs get; empty if there is none. */
  public Optional<String> servedVersion() {
    return served.map(Served::version);
  }

  ModelStatus loading(String version) {
    return new ModelStatus(model, served, Optional.of(version), Optional.empty());
  }

  ModelStatus serving(Served taken) {
    return new ModelStatus(model, Optional.of(taken), Optional.empty(), Optional.empty());
  }

  ModelStatus refused(Refusal why) {
    return new ModelStatus(model, served, Optional.empty(), Optional.of(why));
  }
}
