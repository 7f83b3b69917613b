package dev.anagama.deploy.cli;

import dev.anagama.deploy.client.GatewayClient;
import dev.anagama.v1.Job;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "cancel",
    description = "Cancels a job that is queued or running and prints it as it stands.")
final class CancelCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create(); // Set by picocli.

  @Mixin private ServerOption server = new ServerOption();

  @Parameters(paramLabel = "ID", description = "The job.")
  private String id = "";

  @Option(names = "--json", description = "Print the job as JSON.")
  private boolean json;

  @Override
  public Integer call() {
    try (GatewayClient client = server.connect()) {
      Job job = client.cancel(id);
      if (json) {
        spec.commandLine().getOut().println(PublicJson.text(client, job));
      } else {
        spec.commandLine()
            .getOut()
            .printf(
                job.hasEndedAt() ? "job %s: %s%n" : "job %s: %s, asked to end%n",
                job.getId(),
                PublicJson.word(job.getState()));
      }
      return 0;
    }
  }
}
