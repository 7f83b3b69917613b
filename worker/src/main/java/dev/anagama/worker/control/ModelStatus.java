package dev.anagama.worker.control;

import java.util.Optional;

/**
 * Where a model stands on this worker, for whoever looks after it.
 *
 * @param model its name
 * @param servedVersion what jobs get; empty if there is none
 * @param loadingVersion what is being fetched or loaded; empty if nothing is
 * @param refusal the version that was published last, if it was refused
 */
public record ModelStatus(
    String model,
    Optional<String> servedVersion,
    Optional<String> loadingVersion,
    Optional<Refusal> refusal) {
  /**
   * A checkpoint that was not taken up.
   *
   * @param version which
   * @param reason what was found and what is allowed
   */
  public record Refusal(String version, String reason) {}

  static ModelStatus unknown(String model) {
    return new ModelStatus(model, Optional.empty(), Optional.empty(), Optional.empty());
  }

  ModelStatus loading(String version) {
    return new ModelStatus(model, servedVersion, Optional.of(version), Optional.empty());
  }

  ModelStatus served(String version) {
    return new ModelStatus(model, Optional.of(version), Optional.empty(), Optional.empty());
  }

  ModelStatus refused(String version, String reason) {
    return new ModelStatus(
        model, servedVersion, Optional.empty(), Optional.of(new Refusal(version, reason)));
  }
}
