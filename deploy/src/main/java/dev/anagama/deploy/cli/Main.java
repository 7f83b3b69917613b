package dev.anagama.deploy.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;

/** The program: a table of its commands. */
@Command(
    name = "anagama",
    description = "Message-driven generation service for classifier-free-guided diffusion.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    scope = ScopeType.INHERIT,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      DemoCommand.class,
      UpCommand.class,
      GatewayCommand.class,
      WorkerCommand.class,
      SubmitCommand.class,
      GetCommand.class,
      CancelCommand.class,
      ModelsCommand.class,
      DeadLettersCommand.class,
      PrepareDataCommand.class,
      RecipesCommand.class,
      TrainCommand.class,
      TrainClassifierCommand.class,
      EvaluateCommand.class,
      ReportCommand.class,
      PublishCommand.class,
      BenchCommand.class
    })
public final class Main {
  private static final Logger log = LoggerFactory.getLogger(Main.class);

  @Option(
      names = {"-v", "--verbose"},
      scope = ScopeType.INHERIT,
      description = "Log more, and show where a failure came from.")
  private boolean verbose;

  /** Runs one command and ends the process with its exit code. */
  public static void main(String[] args) {
    int code = CommandLine.ExitCode.SOFTWARE;
    try {
      code =
          run(
              new PrintWriter(System.out, true, StandardCharsets.UTF_8),
              new PrintWriter(System.err, true, StandardCharsets.UTF_8),
              args);
    } catch (Error e) {
      // A class that is missing, no memory: what can still be done is to say so and to end.
      log.error("the process can not go on", e);
    }
    // Whatever thread a library may have left must not keep a finished command alive.
    System.exit(code);
  }

  /**
   * Runs one command.
   *
   * @return its exit code
   */
  static int run(PrintWriter out, PrintWriter err, String... args) {
    Main main = new Main();
    return new CommandLine(main)
        .setOut(out)
        .setErr(err)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setParameterExceptionHandler(Failures::badUsage)
        .setExecutionExceptionHandler(
            (e, command, parsed) -> Failures.failed(e, command, main.verbose))
        .setExecutionStrategy(main::execute)
        .execute(args);
  }

  private int execute(ParseResult parsed) {
    if (verbose) {
      Logs.verbose();
    }
    return new CommandLine.RunLast().execute(parsed);
  }
}
