package dev.anagama.deploy.demo;

import dev.anagama.deploy.client.GatewayClient;
import dev.anagama.deploy.client.ServerAddress;
import dev.anagama.deploy.progress.Progress;
import dev.anagama.deploy.standalone.Standalone;
import dev.anagama.deploy.standalone.StandaloneOptions;
import dev.anagama.deploy.standalone.StandaloneOptions.Ports;
import dev.anagama.v1.Job;
import dev.anagama.v1.JobState;
import dev.anagama.v1.Model;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Starts the whole service over a temporary folder, asks its gateway for images of every class at
 * several guidance scales, and writes them, a labelled sheet and a summary.
 */
public final class Demo {
  private static final Map<String, String> SETTINGS =
      Map.of(
          // A second run must give the same images within a grey level. In bfloat16, with its 8
          // bits of significand, other neighbours in a batch can turn a rounding into several
          // levels by the last step.
          "anagama.worker.precision", "float32",
          // Whoever stops a demo wants no more of its images.
          "anagama.worker.grace-seconds", "0",
          // One worker shares them with nobody.
          "anagama.kafka.job-partitions", "4");

  private final DemoOptions options;
  private final Progress progress;
  private final BooleanSupplier stopping;
  private final Clock clock;

  /**
   * A demo that was not run.
   *
   * @param stopping whether to give up; asked about once a second
   */
  public Demo(DemoOptions options, Progress progress, BooleanSupplier stopping, Clock clock) {
    this.options = options;
    this.progress = progress;
    this.stopping = stopping;
    this.clock = clock;
  }

  /**
   * Runs it. When this returns or throws, nothing that it started is running and its temporary
   * folder is gone.
   *
   * @return the summary as it was written
   * @throws DemoException if a job did not succeed; the files of those that did are written all
   *     the same
   */
  public DemoSummary run() {
    long startedNanos = System.nanoTime();
    progress.phase("Starting the broker, the worker and the gateway");
    try (TemporaryFolder data = TemporaryFolder.create("anagama-demo-");
        Standalone service = Standalone.start(standalone(data.path()), clock);
        GatewayClient client =
            GatewayClient.of(new ServerAddress("127.0.0.1", service.grpcPort()))) {
      Model model = model(client, service.manifest().model());
      DemoPlan plan = DemoPlan.of(model, options);
      long submittedNanos = System.nanoTime();
      List<Job> accepted = submit(client, plan);
      List<Job> ended = new JobWait(client, progress, stopping).untilEnded(accepted);
      double generationSeconds = secondsSince(submittedNanos);

      progress.phase("Writing the pictures to " + options.out());
      DemoFiles files = new DemoFiles(options.out());
      int images = files.writeImages(client, plan, ended);
      files.writeGrid(model, plan, ended);
      int terminalEvents =
          TerminalEvents.byJob(service.kafka()).values().stream().mapToInt(n -> n).sum();
      DemoSummary summary =
          summary(plan, ended, images, terminalEvents, startedNanos, generationSeconds);
      files.writeSummary(summary);
      requireAllSucceeded(ended, terminalEvents);
      return summary;
    }
  }

  private StandaloneOptions standalone(Path data) {
    return new StandaloneOptions(data, options.checkpoint(), Ports.ANY, Optional.empty(), SETTINGS);
  }

  private static Model model(GatewayClient client, String name) {
    return client.models().stream()
        .filter(model -> model.getName().equals(name))
        .findFirst()
        .orElseThrow(() -> new DemoException("the gateway does not offer model " + name));
  }

  private List<Job> submit(GatewayClient client, DemoPlan plan) {
    progress.phase(
        "Submitting %d jobs: %d classes at guidance scales %s, %d images each"
            .formatted(
                plan.cells().size(),
                plan.classNames().size(),
                plan.scaleTexts(),
                options.imagesPerCell()));
    List<Job> accepted = new ArrayList<>();
    plan.cells().forEach(cell -> accepted.add(client.submit(cell.request())));
    return accepted;
  }

  private DemoSummary summary(
      DemoPlan plan,
      List<Job> ended,
      int images,
      int terminalEvents,
      long startedNanos,
      double generationSeconds) {
    Job sample = ended.stream().filter(Demo::succeeded).findFirst().orElse(ended.get(0));
    return new DemoSummary(
        ended.size(),
        Math.toIntExact(ended.stream().filter(Demo::succeeded).count()),
        images,
        terminalEvents,
        secondsSince(startedNanos),
        generationSeconds,
        sample.getSpec().getModel(),
        sample.getProvenance().getCheckpointVersion(),
        sample.getProvenance().getWeightsSha256(),
        plan.classNames(),
        plan.seeds(),
        plan.guidanceScales(),
        options.imagesPerCell(),
        sample.getSpec().getNumInferenceSteps(),
        DemoPlan.word(sample.getSpec().getSampler()),
        sample.getProvenance().getNoiseAlgorithm(),
        sample.getProvenance().getPrecision());
  }

  private static void requireAllSucceeded(List<Job> ended, int terminalEvents) {
    List<Job> others = ended.stream().filter(job -> !succeeded(job)).toList();
    if (!others.isEmpty()) {
      Job first = others.get(0);
      throw new DemoException(
          "%d of %d jobs did not succeed; the first, %s: %s"
              .formatted(
                  others.size(), ended.size(), first.getId(), first.getError().getMessage()));
    }
    if (terminalEvents != ended.size()) {
      throw new DemoException(
          "%d jobs have %d terminal events; each must have one"
              .formatted(ended.size(), terminalEvents));
    }
  }

  private static boolean succeeded(Job job) {
    return job.getState() == JobState.JOB_STATE_SUCCEEDED;
  }

  private static double secondsSince(long nanos) {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - nanos) / 1e3;
  }
}
