package dev.anagama.deploy.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import org.slf4j.LoggerFactory;

/**
 * How much is logged. {@code logback.xml} lets through warnings alone, which suits commands that
 * end; services say what they do as well.
 */
final class Logs {
  private static final String OURS = "dev.anagama";

  private Logs() {}

  /** For a command that serves until it is stopped. */
  static void serving() {
    atLeast(Level.INFO);
  }

  /** For someone who looks for a cause. */
  static void verbose() {
    atLeast(Level.DEBUG);
  }

  /** Ours alone: at information level a broker's start takes thousands of lines. */
  private static void atLeast(Level level) {
    Logger logger = (Logger) LoggerFactory.getLogger(OURS);
    if (logger.getEffectiveLevel().isGreaterOrEqual(level)) {
      logger.setLevel(level);
    }
  }
}
