package dev.anagama.deploy.cli;

import dev.anagama.deploy.client.GatewayClient;
import dev.anagama.v1.Job;
import dev.anagama.v1.JobSpec;
import dev.anagama.v1.Priority;
import dev.anagama.v1.SubmitJobRequest;
import java.time.Clock;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

@Command(name = "submit", description = "Sends a job to a gateway and prints it.")
final class SubmitCommand implements Callable<Integer> {
  private static final Pattern INDEX = Pattern.compile("-?\\d{1,9}");

  @Spec private CommandSpec spec = CommandSpec.create(); // Set by picocli.

  @Mixin private ServerOption server = new ServerOption();

  @Mixin private JobOutput output = new JobOutput();

  @Option(
      names = "--id",
      description = "Your id for the job, which makes sending it again safe (default: made up).")
  private Optional<String> id = Optional.empty();

  @Option(names = "--model", paramLabel = "NAME", description = "Model (default: the gateway's).")
  private Optional<String> model = Optional.empty();

  @Option(
      names = "--class",
      paramLabel = "NAME|INDEX",
      description = "What the images show (default: anything, unconditional).")
  private Optional<String> condition = Optional.empty();

  @Option(names = "--num-images", paramLabel = "N", description = "Images, 1 to 64 (default: 1).")
  private Optional<Integer> numImages = Optional.empty();

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Seed of the noise (default: follows from the job's id).")
  private Optional<Long> seed = Optional.empty();

  @Option(
      names = "--steps",
      paramLabel = "N",
      description = "Steps of the reverse process, 1 to 1000 (default: the model's).")
  private Optional<Integer> steps = Optional.empty();

  @Mixin private SamplingOptions sampling = new SamplingOptions();

  @Option(
      names = "--priority",
      paramLabel = "NAME",
      converter = PriorityName.class,
      description = "interactive, standard or batch (default: standard).")
  private Optional<Priority> priority = Optional.empty();

  @Option(
      names = "--deadline",
      paramLabel = "TIME",
      converter = Deadline.Converter.class,
      description =
          "When the images are of no use any more, at most 24 hours ahead: a duration from now such"
              + " as 30s, or a time by RFC 3339 (default: never).")
  private Optional<Deadline> deadline = Optional.empty();

  @Override
  public Integer call() {
    SubmitJobRequest.Builder request = SubmitJobRequest.newBuilder().setSpec(jobSpec());
    id.ifPresent(request::setId);
    try (GatewayClient client = server.connect()) {
      Job job = client.submit(request.build());
      output.print(spec.commandLine().getOut(), client, job);
      return 0;
    }
  }

  private JobSpec jobSpec() {
    JobSpec.Builder job = JobSpec.newBuilder();
    model.ifPresent(job::setModel);
    condition.ifPresent(
        name -> {
          if (INDEX.matcher(name).matches()) {
            job.setClassLabel(Integer.parseInt(name));
          } else {
            job.setClassName(name);
          }
        });
    numImages.ifPresent(job::setNumImages);
    seed.ifPresent(job::setSeed);
    steps.ifPresent(job::setNumInferenceSteps);
    sampling.fill(job);
    priority.ifPresent(job::setPriority);
    deadline.ifPresent(given -> job.setDeadline(given.at(Clock.systemUTC())));
    return job.build();
  }

  private static final class PriorityName implements ITypeConverter<Priority> {
    @Override
    public Priority convert(String text) {
      return switch (text) {
        case "interactive" -> Priority.PRIORITY_INTERACTIVE;
        case "standard" -> Priority.PRIORITY_STANDARD;
        case "batch" -> Priority.PRIORITY_BATCH;
        default ->
            throw new TypeConversionException(
                "'%s'; allowed: interactive, standard, batch".formatted(text));
      };
    }
  }
}
