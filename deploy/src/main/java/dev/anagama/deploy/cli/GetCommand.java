package dev.anagama.deploy.cli;

import dev.anagama.deploy.client.GatewayClient;
import dev.anagama.v1.Job;
import dev.anagama.v1.JobState;
import dev.anagama.v1.StoredImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(name = "get", description = "Prints a job and fetches its images.")
final class GetCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create(); // Set by picocli.

  @Mixin private ServerOption server = new ServerOption();

  @Mixin private JobOutput output = new JobOutput();

  @Parameters(paramLabel = "ID", description = "The job.")
  private String id = "";

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Folder for the images, named by their index: 0.png.")
  private Optional<Path> out = Optional.empty();

  @Override
  public Integer call() throws IOException {
    try (GatewayClient client = server.connect()) {
      Job job = output.print(spec.commandLine().getOut(), client, client.get(id, 0));
      if (out.isPresent()) {
        save(client, job, out.get());
      }
      return 0;
    }
  }

  private static void save(GatewayClient client, Job job, Path folder) throws IOException {
    if (job.getState() != JobState.JOB_STATE_SUCCEEDED) {
      throw new CommandException(
          "job %s has no images to fetch: it is %s"
              .formatted(job.getId(), PublicJson.word(job.getState())));
    }
    Files.createDirectories(folder);
    for (StoredImage image : job.getImagesList()) {
      byte[] content = client.image(job.getId(), image.getIndex()).getData().toByteArray();
      Files.write(folder.resolve(image.getIndex() + ".png"), content);
    }
  }
}
