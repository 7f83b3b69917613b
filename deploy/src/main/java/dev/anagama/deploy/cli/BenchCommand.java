package dev.anagama.deploy.cli;

import picocli.CommandLine.Command;

@Command(
    name = "bench",
    description = "Measures how fast things are on this machine.",
    synopsisSubcommandLabel = "BENCHMARK",
    subcommands = {
      BenchNetworkCommand.class,
      BenchEngineCommand.class,
      BenchPipelineCommand.class,
      BenchLatencyCommand.class,
      BenchTrainingCommand.class,
      BenchSoakCommand.class,
      BenchFaultsCommand.class,
      SimulateCommand.class
    })
final class BenchCommand {}
