package dev.anagama.deploy.cli;

import dev.anagama.deploy.progress.Progress;
import java.nio.file.Path;

/** What the launcher tells by system properties. */
final class Launcher {
  /** System property that the launcher sets to the root of the project. */
  static final String PROPERTY = "anagama.home";

  /** System property that it sets to true when standard error is a terminal. */
  private static final String TERMINAL = "anagama.terminal";

  private Launcher() {}

  /** Progress on standard error, as suits whoever may be watching it. */
  static Progress progress() {
    return Progress.on(System.err, Boolean.getBoolean(TERMINAL));
  }

  /** The root of the project. */
  static Path home() {
    String home = System.getProperty(PROPERTY);
    if (home == null) {
      throw new CommandException(
          "system property %s is not set; start by the launcher, or name a --checkpoint"
              .formatted(PROPERTY));
    }
    return Path.of(home);
  }

  /** The folder of the checkpoint that comes with the project. */
  static Path shippedCheckpoint() {
    return home().resolve("models").resolve("fashion-mnist");
  }
}
