package dev.anagama.deploy.cli;

import dev.anagama.bench.simulator.Burstiness;
import dev.anagama.bench.simulator.Goal;
import dev.anagama.bench.simulator.JobKind;
import dev.anagama.bench.simulator.JobMix;
import dev.anagama.bench.simulator.MeasuredProfile;
import dev.anagama.bench.simulator.SimulationPage;
import dev.anagama.bench.simulator.SimulationPlan;
import dev.anagama.bench.simulator.SimulationReport;
import dev.anagama.bench.simulator.Simulator;
import dev.anagama.bench.simulator.WorkerModel;
import dev.anagama.deploy.progress.Progress;
import dev.anagama.worker.schedule.ForwardProfile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "simulate",
    description = "How many workers it takes: simulates fleets of 1 to 1,000 and draws curves.")
final class SimulateCommand implements Callable<Integer> {
  private static final double MICROS = 1e6;

  @Spec private CommandSpec spec = CommandSpec.create(); // Set by picocli.

  @Option(
      names = "--rate",
      paramLabel = "X",
      defaultValue = "50",
      description = "Jobs a second that come (default: ${DEFAULT-VALUE}).")
  private double jobsPerSecond;

  @Option(
      names = "--p95-seconds",
      paramLabel = "S",
      defaultValue = "1",
      description = "What 95 of 100 jobs may take at most (default: ${DEFAULT-VALUE}).")
  private double p95Seconds;

  @Option(
      names = "--price-per-hour",
      paramLabel = "X",
      defaultValue = "1",
      description = "Of one worker, in any currency (default: ${DEFAULT-VALUE}).")
  private double pricePerHour;

  @Option(
      names = "--job",
      paramLabel = "KIND",
      description =
          "A kind of job, repeatable: steps=N[,images=N][,scale=X][,share=X] (default: 20, 50 and"
              + " 100 steps, one image, scale 3, equal shares).")
  private List<String> jobs = List.of();

  @Option(
      names = "--profile",
      paramLabel = "FILE",
      description =
          "Time of a forward pass by its rows: the profile-*.json that a worker keeps beside a"
              + " cached checkpoint (default: the shipped one).")
  private Optional<Path> profile = Optional.empty();

  @Option(
      names = "--row-limit",
      paramLabel = "N",
      description = "Most network rows of a step (default: what the profile asks for).")
  private Optional<Integer> rowLimit = Optional.empty();

  @Option(
      names = "--waiting-jobs",
      paramLabel = "N",
      defaultValue = "64",
      description = "Jobs a worker takes beyond its row limit (default: ${DEFAULT-VALUE}).")
  private int waitingJobs;

  @Option(
      names = "--overhead-micros",
      paramLabel = "N",
      defaultValue = "" + ForwardProfile.STEP_MICROS,
      description = "Of a cycle beside its forward pass (default: ${DEFAULT-VALUE}).")
  private double overheadMicros;

  @Option(
      names = "--partitions",
      paramLabel = "N",
      description = "Of the jobs topic (default: as many as workers, at least 48).")
  private Optional<Integer> partitions = Optional.empty();

  @Option(
      names = "--burst",
      paramLabel = "X",
      arity = "3",
      description =
          "How bursts come: their rate over the mean rate, their mean length and the mean time"
              + " between them, both in seconds (default: 2 10 30).")
  private List<Double> burst = List.of();

  @Option(
      names = "--jobs-per-point",
      paramLabel = "N",
      defaultValue = "20000",
      description = "Jobs counted at each point at least (default: ${DEFAULT-VALUE}).")
  private int jobsPerPoint;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Of all draws; the same seed gives the same page (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Write index.html and simulation.json there.")
  private Optional<Path> out = Optional.empty();

  @Mixin private BenchOutput output = new BenchOutput();

  @Override
  public Integer call() throws IOException {
    SimulationPlan plan = plan();
    if (out.isPresent()) {
      Files.createDirectories(out.get());
    }
    try (Progress progress = Launcher.progress()) {
      progress.phase("seed %d, %s".formatted(seed, plan.measured().machine()));
      SimulationReport report = Simulator.run(plan, progress::phase);
      progress.phase(report.recommendation());
      output.write(report.benchmark(), spec.commandLine().getOut());
      if (out.isPresent()) {
        Files.writeString(out.get().resolve("simulation.json"), report.toJson() + "\n");
        Files.writeString(out.get().resolve("index.html"), SimulationPage.html(report));
      }
      return 0;
    }
  }

  private SimulationPlan plan() throws IOException {
    MeasuredProfile measured =
        profile.isPresent() ? MeasuredProfile.read(profile.get()) : MeasuredProfile.shipped();
    return new SimulationPlan(
        measured,
        new WorkerModel(
            rowLimit.orElse(measured.profile().rowLimit()),
            waitingJobs,
            overheadMicros / MICROS,
            partitions.orElse(null)),
        jobs.isEmpty() ? JobMix.DEFAULT : new JobMix(jobs.stream().map(JobKind::parse).toList()),
        burst.isEmpty()
            ? Burstiness.DEFAULT
            : new Burstiness(burst.get(0), burst.get(1), burst.get(2)),
        new Goal(jobsPerSecond, p95Seconds, pricePerHour),
        jobsPerPoint,
        seed);
  }
}
