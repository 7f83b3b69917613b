package dev.anagama.deploy.cli;

import dev.anagama.worker.Worker;
import dev.anagama.worker.WorkerConfig;
import java.time.Clock;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
    name = "worker",
    description = "Runs a worker against a Kafka cluster and an object store, until it is stopped.")
final class WorkerCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create(); // Set by picocli.

  @Mixin private SettingsOptions settings = new SettingsOptions();

  @Override
  public Integer call() throws InterruptedException {
    Logs.serving();
    WorkerConfig config = settings.load(WorkerConfig.class);
    try (StopSignal stop = StopSignal.install();
        Worker worker = Worker.start(config, Clock.systemUTC())) {
      spec.commandLine().getOut().printf("Worker %s%n", worker.name());
      stop.await(worker::failure);
      return 0;
    }
  }
}
