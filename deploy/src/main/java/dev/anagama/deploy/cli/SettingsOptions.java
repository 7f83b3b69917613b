package dev.anagama.deploy.cli;

import dev.anagama.platform.config.Settings;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;

/** How a command that plays a role is configured. */
final class SettingsOptions {
  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "Settings as Java properties; one file may serve every role.")
  private Optional<Path> file = Optional.empty();

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "One setting, for example anagama.worker.precision=float32. Repeatable.")
  private Map<String, String> settings = new LinkedHashMap<>();

  /** The settings of a role: {@code --set} wins over the environment, the file and the defaults. */
  <T> T load(Class<T> mapping) {
    return Settings.load(mapping, file, settings);
  }

  Optional<Path> file() {
    return file;
  }

  Map<String, String> settings() {
    return settings;
  }
}
