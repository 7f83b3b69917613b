package dev.anagama.deploy.cli;

import dev.anagama.deploy.standalone.Standalone;
import dev.anagama.deploy.standalone.StandaloneOptions;
import dev.anagama.deploy.standalone.StandaloneOptions.Ports;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "up",
    description = "Runs everything in this process, over a data folder, until it is stopped.")
final class UpCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create(); // Set by picocli.

  @Option(
      names = "--http-port",
      paramLabel = "PORT",
      defaultValue = "8080",
      description = "Port for HTTP, 0 for any free one (default: ${DEFAULT-VALUE}).")
  private int httpPort;

  @Option(
      names = "--grpc-port",
      paramLabel = "PORT",
      defaultValue = "9090",
      description = "Port for gRPC, 0 for any free one (default: ${DEFAULT-VALUE}).")
  private int grpcPort;

  @Option(
      names = "--kafka-port",
      paramLabel = "PORT",
      defaultValue = "0",
      description = "Port of the Kafka broker, 0 for any free one (default: ${DEFAULT-VALUE}).")
  private int kafkaPort;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      defaultValue = "data",
      description = "Folder that keeps jobs, events and images (default: ${DEFAULT-VALUE}).")
  private Path data = Path.of("data");

  @Option(
      names = "--checkpoint",
      paramLabel = "DIR",
      description = "Checkpoint to publish (default: the one that comes with the project).")
  private Optional<Path> checkpoint = Optional.empty();

  @Mixin private SettingsOptions settings = new SettingsOptions();

  @Override
  public Integer call() throws InterruptedException {
    Logs.serving();
    StandaloneOptions options =
        new StandaloneOptions(
            data,
            checkpoint.orElseGet(Launcher::shippedCheckpoint),
            new Ports(httpPort, grpcPort, kafkaPort),
            settings.file(),
            settings.settings());
    try (StopSignal stop = StopSignal.install();
        Standalone service = Standalone.start(options, Clock.systemUTC())) {
      announce(service, options);
      stop.await(service::failure);
      return 0;
    }
  }

  private void announce(Standalone service, StandaloneOptions options) {
    PrintWriter out = spec.commandLine().getOut();
    out.printf("Serving %s %s%n", service.manifest().model(), service.manifest().version());
    out.printf("  HTTP    http://127.0.0.1:%d/%n", service.httpPort());
    out.printf("  gRPC    127.0.0.1:%d%n", service.grpcPort());
    out.printf("  Kafka   %s%n", service.kafka().bootstrapServers());
    out.printf("  store   %s%n", options.storeFolder().toUri());
    out.println("Ctrl-C stops it; what it keeps is in " + options.data());
  }
}
