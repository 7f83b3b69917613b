package dev.anagama.contract;

/** Object-store keys of a published checkpoint; immutable once written. */
public final class CheckpointKeys {
  /** Name of the file that describes the checkpoint and names the others. */
  public static final String MANIFEST = "manifest.json";

  private CheckpointKeys() {}

  /** Prefix of every file of a version, ending in a slash. */
  public static String prefix(String model, String version) {
    return "checkpoints/"
        + Identifiers.requireName("model", model)
        + "/"
        + Identifiers.requireId("version", version)
        + "/";
  }
}
