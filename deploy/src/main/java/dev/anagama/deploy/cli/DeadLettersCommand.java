package dev.anagama.deploy.cli;

import picocli.CommandLine.Command;

@Command(
    name = "dead-letters",
    description = "Shows the jobs and records that were given up, and sends them again.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      DeadLettersListCommand.class,
      DeadLettersShowCommand.class,
      DeadLettersReplayCommand.class
    })
final class DeadLettersCommand {}
