package dev.anagama.deploy.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.anagama.bench.BenchJob;
import dev.anagama.bench.TinyModel;
import dev.anagama.bench.faults.Audit;
import dev.anagama.bench.faults.FaultRig;
import dev.anagama.bench.faults.JobLedger;
import dev.anagama.bench.faults.JobSubmitter;
import dev.anagama.bench.faults.Line;
import dev.anagama.contract.ResultKeys;
import dev.anagama.deploy.cli.Main;
import dev.anagama.v1.JobEvent;
import dev.anagama.v1.Sampler;
import dev.anagama.v1.Schedule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.TimeoutException;

/** A service with short patience, what was asked of it, and what came of that. */
final class Trial implements AutoCloseable {
  /** Longest for anything on a machine that is busy otherwise. */
  static final Duration LONGEST = Duration.ofMinutes(4);

  private static final String TENANT = "default";

  /** So that what is given up is given up soon. */
  private static final Map<String, String> SETTINGS =
      Map.of(
          "anagama.kafka.properties.\"session.timeout.ms\"", "6000",
          "anagama.kafka.properties.\"heartbeat.interval.ms\"", "1500",
          "anagama.kafka.properties.\"transaction.timeout.ms\"", "6000");

  private static final Map<String, String> STORE_SETTINGS =
      Map.of(
          "anagama.store.socket-timeout-seconds", "2",
          "anagama.store.attempt-timeout-seconds", "3",
          "anagama.store.call-timeout-seconds", "6");

  private final Path folder;
  private final FaultRig rig;
  private final JobLedger ledger;
  private final JobSubmitter submitter;

  private Trial(Path folder, FaultRig rig) {
    this.folder = folder;
    this.rig = rig;
    this.ledger = JobLedger.start(rig.kafka(), event -> {});
    this.submitter = new JobSubmitter(rig.gateway().httpPort(), ledger);
  }

  /** With objects on an S3 server. */
  static Trial start(Path folder, int workers, Path... moreCheckpoints) throws Exception {
    List<Path> checkpoints =
        new ArrayList<>(List.of(TinyModel.write(folder.resolve("tiny")).folder()));
    checkpoints.addAll(List.of(moreCheckpoints));
    return start(folder, checkpoints, workers, STORE_SETTINGS, Optional.empty());
  }

  /** With objects in a folder. */
  static Trial startOverFolder(Path folder, Path storeFolder, int workers) throws Exception {
    List<Path> checkpoints = List.of(TinyModel.write(folder.resolve("tiny")).folder());
    return start(folder, checkpoints, workers, Map.of(), Optional.of(storeFolder));
  }

  private static Trial start(
      Path folder,
      List<Path> checkpoints,
      int workers,
      Map<String, String> storeSettings,
      Optional<Path> storeFolder)
      throws Exception {
    Map<String, String> settings = new HashMap<>(SETTINGS);
    settings.putAll(storeSettings);
    Path service = folder.resolve("service");
    FaultRig.Options options =
        new FaultRig.Options(
            service, checkpoints, Main.class.getName(), workers, settings, storeFolder);
    return new Trial(
        service,
        FaultRig.start(options, new SplittableRandom(System.nanoTime()), Clock.systemUTC()));
  }

  FaultRig rig() {
    return rig;
  }

  JobLedger ledger() {
    return ledger;
  }

  /** Submits a job of one image; on return it is acknowledged. */
  void submit(String id, int steps) throws InterruptedException, TimeoutException {
    submit(id, TinyModel.NAME, 0, 1, steps);
  }

  void submit(String id, String model, int label, int images, int steps)
      throws InterruptedException, TimeoutException {
    BenchJob job =
        new BenchJob(
            model,
            label,
            images,
            id.hashCode(),
            steps,
            2,
            Optional.empty(),
            Sampler.SAMPLER_DDIM,
            Schedule.SCHEDULE_COSINE);
    submitter.submit(id, job.toJson().put("seed", id.hashCode() & 0xffff), LONGEST);
  }

  /** Submits short jobs {@code prefix-0} and so on. */
  void submitShort(String prefix, int count) throws InterruptedException, TimeoutException {
    for (int i = 0; i < count; i++) {
      submit(prefix + "-" + i, 10);
    }
  }

  /** Where the record of a job's end is, in the object store. */
  static String manifest(String id) {
    return ResultKeys.manifest(TENANT, id);
  }

  /** The worker that was last heard to do a job. */
  Line doing(String id) {
    return worker(ledger.worker(id));
  }

  Line worker(String name) {
    return rig.workers().stream()
        .filter(worker -> worker.process().name().equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no worker is '" + name + "'\n" + situation()));
  }

  /** Brings everything up again, and sees every acknowledged job end once and whole. */
  void requireAllEnded() throws Exception {
    rig.restore();
    try {
      ledger.awaitAll(LONGEST);
    } catch (TimeoutException e) {
      throw new AssertionError(e.getMessage() + "\n" + situation(), e);
    }
    Audit audit = Audit.of(ledger, rig.store());
    assertThat(audit.clean()).as(() -> audit + "\n" + situation()).isTrue();
  }

  /** The same, and every one has succeeded. */
  void requireAllSucceeded() throws Exception {
    requireAllEnded();
    assertThat(ledger.ends().values())
        .as(this::situation)
        .allSatisfy(ends -> assertThat(ends).allMatch(JobEvent::hasSucceeded));
  }

  /** What is needed to understand a failure: the logs of all processes. */
  String situation() {
    StringBuilder text = new StringBuilder();
    try (var files = Files.newDirectoryStream(folder, "*.log")) {
      for (Path log : files) {
        List<String> lines = Files.readAllLines(log);
        text.append("---- ").append(log.getFileName()).append('\n');
        lines
            .subList(Math.max(0, lines.size() - 200), lines.size())
            .forEach(line -> text.append(line).append('\n'));
      }
    } catch (IOException e) {
      text.append(e);
    }
    return text.toString();
  }

  @Override
  public void close() {
    ledger.close();
    rig.close();
  }
}
