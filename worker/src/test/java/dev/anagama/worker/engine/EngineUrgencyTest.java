package dev.anagama.worker.engine;

import static dev.anagama.worker.engine.EngineTest.assertSameImage;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.Timestamp;
import dev.anagama.diffusion.guidance.Denoiser;
import dev.anagama.v1.JobSpec;
import dev.anagama.v1.Priority;
import dev.anagama.v1.Sampler;
import dev.anagama.worker.TestJobs;
import dev.anagama.worker.schedule.Urgency;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Jobs that are cancelled, come too late or are wanted before others. */
class EngineUrgencyTest {
  @TempDir Path folder;

  /** A network whose steps are let through one by one. */
  private static final class Gate {
    final Semaphore steps = new Semaphore(0);
    final List<Integer> rows = Collections.synchronizedList(new ArrayList<>());

    Denoiser around(Denoiser denoiser) {
      return (z, logSnr, condition) -> {
        rows.add((int) z.getShape().get(0));
        steps.acquireUninterruptibly();
        return denoiser.predictNoise(z, logSnr, condition);
      };
    }

    /** Waits until the network is in its {@code n}th pass. */
    void awaitPass(int n) {
      await().until(() -> rows.size() == n);
    }
  }

  @Test
  void cancelledJob_isGoneByTheNextStep_andItsNeighbourIsUnchanged() throws Exception {
    JobSpec.Builder spec =
        TestJobs.spec("m").setSampler(Sampler.SAMPLER_ANCESTRAL).setNumInferenceSteps(6);
    Gate gate = new Gate();
    try (EngineRig rig = new EngineRig(folder, 32)) {
      rig.serve("plain", "1", 5);
      rig.submit(TestJobs.with("alone", spec.clone().setModel("plain")));
      List<int[]> alone = rig.images("alone");

      rig.engine.submit(new EngineCommand.Expect("m"));
      rig.submit(TestJobs.with("cancelled", spec.clone().setSeed(7)));
      rig.submit(TestJobs.with("neighbour", spec));
      rig.serve("m", "1", 5, gate::around);
      gate.steps.release(2);
      gate.awaitPass(3);
      rig.engine.submit(new EngineCommand.Cancel("cancelled"));
      gate.steps.release(100);

      assertThat(rig.end("cancelled").hasCanceled()).isTrue();
      assertSameImage(rig.images("neighbour").get(0), alone.get(0));
      // Both had their third step when the wish came.
      assertThat(gate.rows).containsExactly(4, 4, 4, 2, 2, 2);
      assertThat(rig.engine.running()).isZero();
    }
  }

  @Test
  void cancelledJobThatWaits_neverBegins_andOthersAreNotConcerned() throws Exception {
    try (EngineRig rig = new EngineRig(folder, 32)) {
      rig.engine.submit(new EngineCommand.Expect("m"));
      rig.submit(TestJobs.of("cancelled", "m", 4));
      rig.submit(TestJobs.of("other", "m", 4));
      rig.engine.submit(new EngineCommand.Cancel("cancelled"));
      rig.engine.submit(new EngineCommand.Cancel("never heard of"));

      assertThat(rig.end("cancelled").hasCanceled()).isTrue();
      rig.serve("m", "1", 5);
      assertThat(rig.images("other")).hasSize(1);
      rig.engine.submit(new EngineCommand.Cancel("other"));
      rig.submit(TestJobs.of("last", "m", 4));
      assertThat(rig.images("last")).hasSize(1);
      assertThat(rig.started("cancelled")).isZero();
    }
  }

  @Test
  void deadline_endsAJobThatWaitsAndOneThatRuns() throws Exception {
    Gate gate = new Gate();
    try (EngineRig rig = new EngineRig(folder, 32)) {
      rig.serve("m", "1", 5, gate::around);
      Timestamp past = Timestamp.newBuilder().setSeconds(1).build();
      rig.submit(TestJobs.with("past", TestJobs.spec("m").setDeadline(past)));
      assertThat(rig.end("past").getExpired().getDeadline()).isEqualTo(past);

      Instant deadline = Instant.now().plusSeconds(8);
      Timestamp soon = timestamp(deadline);
      rig.submit(TestJobs.with("soon", TestJobs.spec("m").setDeadline(soon)));
      rig.submit(TestJobs.of("other", "m", 4));
      gate.steps.release(1);
      gate.awaitPass(2);
      await().until(() -> Instant.now().isAfter(deadline.plusMillis(100)));
      gate.steps.release(100);

      assertThat(rig.end("soon").getExpired().getDeadline()).isEqualTo(soon);
      assertThat(rig.images("other")).hasSize(1);
      assertThat(rig.started("past")).isZero();
      await().until(() -> rig.started("soon") == 1);
    }
  }

  @Test
  void moreUrgentJob_goesFirst_andTheOneItPutOffIsUnchanged() throws Exception {
    Gate gate = new Gate();
    JobSpec.Builder spec =
        TestJobs.spec("m").setSampler(Sampler.SAMPLER_ANCESTRAL).setNumInferenceSteps(8);
    try (EngineRig rig = new EngineRig(folder, 2)) {
      rig.serve("plain", "1", 5);
      rig.submit(TestJobs.with("alone", spec.clone().setModel("plain")));
      List<int[]> alone = rig.images("alone");

      rig.serve("m", "1", 5, gate::around);
      rig.submit(TestJobs.with("batch", spec.clone().setPriority(Priority.PRIORITY_BATCH)));
      gate.steps.release(3);
      gate.awaitPass(4);
      rig.submit(
          TestJobs.with(
              "interactive",
              TestJobs.spec("m").setPriority(Priority.PRIORITY_INTERACTIVE).setSeed(9)));
      gate.steps.release(1 + 4);
      assertThat(rig.images("interactive")).hasSize(1);
      assertThat(rig.lastProgress("batch").getImagesDone()).isZero();
      gate.steps.release(100);

      assertSameImage(rig.images("batch").get(0), alone.get(0));
      assertThat(gate.rows).hasSize(8 + 4);
    }
  }

  @Test
  void urgency_isReadFromTheJob() {
    Instant now = Instant.ofEpochSecond(1_000, 500);
    Clock clock = Clock.fixed(now, ZoneOffset.UTC);
    JobSpec plain = TestJobs.spec("m").build();
    assertThat(JobUrgency.of(plain, clock, 5)).isEqualTo(Urgency.NORMAL);
    assertThat(
            JobUrgency.of(plain.toBuilder().setPriority(Priority.PRIORITY_BATCH).build(), clock, 5))
        .isEqualTo(new Urgency(Urgency.BATCH, OptionalLong.empty()));
    JobSpec soon =
        plain.toBuilder()
            .setPriority(Priority.PRIORITY_INTERACTIVE)
            .setDeadline(timestamp(now.plusNanos(77)))
            .build();
    assertThat(JobUrgency.of(soon, clock, 5))
        .isEqualTo(new Urgency(Urgency.INTERACTIVE, OptionalLong.of(82)));
    JobSpec never =
        plain.toBuilder().setDeadline(Timestamp.newBuilder().setSeconds(Long.MAX_VALUE)).build();
    assertThat(JobUrgency.of(never, clock, 5).deadlineNanos().orElseThrow())
        .isGreaterThan(Duration.ofDays(10_000).toNanos());
    JobSpec past =
        plain.toBuilder().setDeadline(Timestamp.newBuilder().setSeconds(Long.MIN_VALUE)).build();
    assertThat(JobUrgency.of(past, clock, 5).deadlineNanos().orElseThrow()).isNegative();
  }

  private static Timestamp timestamp(Instant instant) {
    return Timestamp.newBuilder()
        .setSeconds(instant.getEpochSecond())
        .setNanos(instant.getNano())
        .build();
  }
}
