package dev.anagama.deploy.cli;

import dev.anagama.gateway.Gateway;
import dev.anagama.gateway.GatewayConfig;
import java.time.Clock;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
    name = "gateway",
    description =
        "Runs a gateway against a Kafka cluster and an object store, until it is stopped.")
final class GatewayCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create(); // Set by picocli.

  @Mixin private SettingsOptions settings = new SettingsOptions();

  @Override
  public Integer call() throws InterruptedException {
    Logs.serving();
    GatewayConfig config = settings.load(GatewayConfig.class);
    try (StopSignal stop = StopSignal.install();
        Gateway gateway = Gateway.start(config, Clock.systemUTC())) {
      spec.commandLine()
          .getOut()
          .printf(
              "Gateway: HTTP at port %d, gRPC at port %d of %s%n",
              gateway.httpPort(), gateway.grpcPort(), config.gateway().host());
      stop.await(Optional::empty);
      return 0;
    }
  }
}
