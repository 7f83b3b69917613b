package dev.anagama.deploy.cli;

import dev.anagama.deploy.client.CallException;
import dev.anagama.deploy.client.CallException.Reason;
import dev.anagama.deploy.demo.DemoException;
import dev.anagama.deploy.standalone.StartException;
import dev.anagama.diffusion.checkpoint.CheckpointException;
import dev.anagama.platform.config.SettingsException;
import dev.anagama.platform.objectstore.ObjectStoreException;
import dev.anagama.trainer.data.DataException;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.kafka.common.KafkaException;
import picocli.CommandLine;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.ParameterException;

/** What each failure is to the user: an exit code and a line. */
final class Failures {
  private Failures() {}

  /** The command line could not be understood. */
  static int badUsage(ParameterException e, String[] args) {
    CommandLine command = e.getCommandLine();
    say(command, "%s (see: %s --help)".formatted(e.getMessage(), name(command)));
    return ExitCode.USAGE;
  }

  /** A command did not do what it was asked for. */
  static int failed(Exception e, CommandLine command, boolean verbose) {
    say(command, message(e));
    if (verbose) {
      e.printStackTrace(command.getErr());
    }
    return exitCode(e);
  }

  private static void say(CommandLine command, String message) {
    command.getErr().println(name(command) + ": " + message);
  }

  private static String name(CommandLine command) {
    return command.getCommandSpec().qualifiedName();
  }

  /** What the caller must change is bad usage, wherever it was found out. */
  private static int exitCode(Exception e) {
    boolean usage =
        e instanceof SettingsException
            || e instanceof IllegalArgumentException
            || (e instanceof CallException call && call.reason() == Reason.REFUSED);
    return usage ? ExitCode.USAGE : ExitCode.SOFTWARE;
  }

  private static String message(Exception e) {
    String message = String.valueOf(e.getMessage());
    if (isForUsers(e)) {
      return message;
    }
    if (e instanceof UncheckedIOException || e instanceof IOException) {
      // The name of the exception is half of what such a message says: NoSuchFileException: x.
      return e.getCause() == null ? e.toString() : message + ": " + e.getCause();
    }
    return "%s: %s (a defect; --verbose shows where)"
        .formatted(e.getClass().getSimpleName(), message.lines().findFirst().orElse(""));
  }

  /** Whether the message was written to be read by whoever runs the command. */
  private static boolean isForUsers(Exception e) {
    return e instanceof CallException
        || e instanceof CheckpointException
        || e instanceof CommandException
        || e instanceof DataException
        || e instanceof DemoException
        || e instanceof IllegalArgumentException
        || e instanceof IllegalStateException
        || e instanceof KafkaException
        || e instanceof ObjectStoreException
        || e instanceof SettingsException
        || e instanceof StartException;
  }
}
