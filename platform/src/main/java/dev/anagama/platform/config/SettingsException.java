package dev.anagama.platform.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The configuration can not be used; nothing was started. */
public final class SettingsException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String[] problems;

  /** All that is wrong, one sentence each with the key, the value and what is allowed. */
  SettingsException(List<String> problems) {
    this(problems, null);
  }

  SettingsException(List<String> problems, @Nullable Throwable cause) {
    super(message(problems), cause);
    this.problems = problems.toArray(String[]::new);
  }

  /** What is wrong, one sentence each; at least one. */
  public List<String> problems() {
    return List.of(problems);
  }

  private static String message(List<String> problems) {
    return problems.size() == 1
        ? "configuration: " + problems.get(0)
        : "configuration: %d problems\n  %s"
            .formatted(problems.size(), String.join("\n  ", problems));
  }
}
