package dev.anagama.worker.engine;

import static dev.anagama.worker.engine.EngineTest.assertSameImage;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.djl.engine.EngineException;
import dev.anagama.diffusion.guidance.Denoiser;
import dev.anagama.v1.FailureCategory;
import dev.anagama.v1.JobSpec;
import dev.anagama.v1.Sampler;
import dev.anagama.worker.TestJobs;
import dev.anagama.worker.publish.TakenJob;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the engine does with jobs, models and steps that are not as they should be. */
class EngineFailuresTest {
  @TempDir Path folder;

  @Test
  void jobThatCanNotBeDone_failsInvalid() throws Exception {
    try (EngineRig rig = new EngineRig(folder, 32)) {
      rig.serve("m", "1", 5);
      rig.submit(TestJobs.of("unknown", "nobody", 4));
      rig.submit(TestJobs.with("label", TestJobs.spec("m").setClassLabel(3)));
      rig.submit(TestJobs.with("name", TestJobs.spec("m").setClassName("star")));
      rig.submit(TestJobs.with("images", TestJobs.spec("m").setNumImages(65)));
      rig.submit(TestJobs.with("steps", TestJobs.spec("m").clearNumInferenceSteps()));
      rig.submit(TestJobs.with("scale", TestJobs.spec("m").setGuidanceScale(Double.NaN)));
      rig.submit(TestJobs.with("sampler", TestJobs.spec("m").clearSampler()));
      rig.submit(TestJobs.with("schedule", TestJobs.spec("m").setScheduleValue(9)));
      rig.submit(TestJobs.with("eta", TestJobs.spec("m").setEta(1.5)));
      rig.submit(TestJobs.with("rescale", TestJobs.spec("m").setGuidanceRescale(-1)));
      rig.submit(TestJobs.with("threshold", TestJobs.spec("m").setDynamicThreshold(0.4)));
      JobSpec.Builder projected = TestJobs.spec("m");
      projected.getGuidanceProjectionBuilder().setNormLimit(0);
      rig.submit(TestJobs.with("projection", projected));

      assertInvalid(rig, "unknown", "model is 'nobody'");
      assertThat(rig.failure("unknown").getDeadLettered()).isTrue();
      assertInvalid(rig, "label", "class_label is 3; allowed: 0 to 2");
      assertThat(rig.failure("label").getDeadLettered()).isFalse();
      assertInvalid(rig, "name", "class_name is 'star'");
      assertInvalid(rig, "images", "num_images is 65; allowed: 1 to 64");
      assertInvalid(rig, "steps", "num_inference_steps is not set");
      assertInvalid(rig, "scale", "guidance_scale is NaN");
      assertInvalid(rig, "sampler", "sampler is SAMPLER_UNSPECIFIED");
      assertInvalid(rig, "schedule", "schedule is 9; allowed: cosine, linear_log_snr, edm");
      assertInvalid(rig, "eta", "eta is 1.5; allowed: 0 to 1");
      assertInvalid(rig, "rescale", "guidance_rescale is -1.0; allowed: 0 to 1");
      assertInvalid(rig, "threshold", "dynamic_threshold is 0.4; allowed: 0.5 to 1");
      assertInvalid(rig, "projection", "guidance_projection.norm_limit is 0.0; allowed: above 0");
    }
  }

  @Test
  void jobForAnExpectedModel_waitsForIt() throws Exception {
    try (EngineRig rig = new EngineRig(folder, 32)) {
      rig.engine.submit(new EngineCommand.Expect("m"));
      rig.engine.submit(new EngineCommand.Expect("bad"));
      rig.submit(TestJobs.of("early", "m", 4));
      rig.submit(TestJobs.of("refused", "bad", 4));
      // Longer than a model that was never heard of is waited for.
      Thread.sleep(500);
      rig.engine.submit(new EngineCommand.Refuse("bad", "it is broken"));
      rig.serve("m", "1", 5);

      assertThat(rig.images("early")).hasSize(1);
      assertThat(rig.failedAttempt("refused").getCategory())
          .isEqualTo(FailureCategory.FAILURE_CATEGORY_UNAVAILABLE);
      assertThat(rig.failedAttempt("refused").getMessage()).contains("it is broken");
    }
  }

  @Test
  void modelThatIsExpectedForTooLong_endsTheAttempt() throws Exception {
    try (EngineRig rig = new EngineRig(folder, 32, Duration.ofSeconds(3))) {
      rig.engine.submit(new EngineCommand.Expect("m"));
      rig.submit(TestJobs.of("waiting", "m", 4));

      assertThat(rig.failedAttempt("waiting").getMessage()).contains("not loaded in 3 s");
      assertThat(rig.failedAttempt("waiting").getCategory())
          .isEqualTo(FailureCategory.FAILURE_CATEGORY_UNAVAILABLE);
    }
  }

  @Test
  void withdrawnModel_isFinishedForRunningJobsAndGoneForOthers() throws Exception {
    CountDownLatch withdrawn = new CountDownLatch(1);
    try (EngineRig rig = new EngineRig(folder, 32)) {
      EngineRig.Served served = rig.serve("m", "1", 5, waitingFor(withdrawn));
      rig.submit(TestJobs.of("running", "m", 4));
      await().until(() -> rig.engine.running() == 1);
      rig.engine.submit(new EngineCommand.Refuse("m", "does not matter, one is served"));
      rig.engine.submit(new EngineCommand.Withdraw("m", "retired"));
      rig.submit(TestJobs.of("late", "m", 4));
      withdrawn.countDown();

      assertInvalid(rig, "late", "retired");
      assertThat(rig.images("running")).hasSize(1);
      await().until(() -> served.closed);
    }
  }

  @Test
  void stepThatFails_endsTheAttemptAtItsJobsAndNotTheEngine() throws Exception {
    AtomicBoolean broken = new AtomicBoolean(true);
    try (EngineRig rig = new EngineRig(folder, 32)) {
      rig.serve("m", "1", 5);
      rig.serve("b", "1", 5, failing(broken, "a matrix is singular"));
      rig.submit(TestJobs.of("bad", "b", 4));
      rig.submit(TestJobs.of("good", "m", 50));

      assertThat(rig.failedAttempt("bad").getCategory())
          .isEqualTo(FailureCategory.FAILURE_CATEGORY_INTERNAL);
      assertThat(rig.failedAttempt("bad").getMessage()).contains("a matrix is singular");
      assertThat(rig.images("good")).hasSize(1);
      broken.set(false);
      rig.submit(TestJobs.of("mended", "b", 4));
      assertThat(rig.images("mended")).hasSize(1);
    }
  }

  @Test
  void outOfMemory_halvesTheRowsAndLosesNothing() throws Exception {
    List<Integer> rows = Collections.synchronizedList(new ArrayList<>());
    try (EngineRig rig = new EngineRig(folder, 32)) {
      rig.serve("m", "1", 5);
      rig.serve("s", "1", 5, limited(rows, 10));
      JobSpec.Builder spec =
          TestJobs.spec("s").setNumImages(16).setSampler(Sampler.SAMPLER_ANCESTRAL);
      rig.submit(TestJobs.with("small", spec));
      List<int[]> images = rig.images("small");
      rig.submit(TestJobs.with("large", spec.clone().setModel("m")));

      for (int i = 0; i < images.size(); i++) {
        assertSameImage(images.get(i), rig.images("large").get(i));
      }
      assertThat(rows.subList(0, 2)).containsExactly(32, 16);
      assertThat(rows.subList(2, rows.size())).allMatch(n -> n <= 8);
    }
  }

  @Test
  void jobsOfAPartitionThatIsGone_areDropped() throws Exception {
    CountDownLatch gone = new CountDownLatch(1);
    try (EngineRig rig = new EngineRig(folder, 2)) {
      EngineRig.Served served = rig.serve("m", "1", 5, waitingFor(gone));
      rig.submit(TestJobs.of("running", "m", 1000));
      rig.submit(TestJobs.of("waiting", "m", 1000));
      await().until(() -> rig.engine.running() == 1);
      rig.lease.end();
      rig.engine.leasesChanged();
      gone.countDown();
      await().until(() -> rig.engine.running() == 0);
      rig.serve("m", "2", 6);

      await().until(() -> served.closed);
      assertThat(rig.store.get("results/default/running/manifest.json")).isEmpty();
    }
  }

  @Test
  void waitingRoom_isBounded_andDrainRefusesAll() throws Exception {
    try (EngineRig rig = new EngineRig(folder, 2)) {
      rig.engine.submit(new EngineCommand.Expect("m"));
      for (int i = 0; i < 64; i++) {
        rig.submit(TestJobs.of("j" + i, "m", 4));
      }
      var more = new TakenJob(TestJobs.of("more", "m", 4), rig.lease, 99, System.nanoTime());
      assertThat(rig.engine.offer(more)).isFalse();
      rig.serve("m", "1", 5);
      rig.images("j63");
      assertThat(rig.engine.offer(more)).isTrue();
      rig.images("more");
      rig.engine.drain();
      assertThat(rig.engine.offer(more)).isFalse();
    }
  }

  @Test
  @Timeout(300)
  void engineThatHasEnded_takesNothingAndHoldsNobodyUp() throws Exception {
    try (EngineRig rig = new EngineRig(folder, 2)) {
      rig.engine.close();

      for (int i = 0; i < 1000; i++) {
        rig.engine.submit(new EngineCommand.Cancel("j" + i));
      }
      assertThat(rig.serve("m", "1", 5).closed).isTrue();
      var job = new TakenJob(TestJobs.of("late", "m", 4), rig.lease, 0, System.nanoTime());
      assertThat(rig.engine.offer(job)).isFalse();
    }
  }

  /** No pass ends before. */
  private static UnaryOperator<Denoiser> waitingFor(CountDownLatch latch) {
    return denoiser ->
        (z, logSnr, condition) -> {
          try {
            latch.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          return denoiser.predictNoise(z, logSnr, condition);
        };
  }

  private static UnaryOperator<Denoiser> failing(AtomicBoolean broken, String message) {
    return denoiser ->
        (z, logSnr, condition) -> {
          if (broken.get()) {
            throw new EngineException(message);
          }
          return denoiser.predictNoise(z, logSnr, condition);
        };
  }

  private static UnaryOperator<Denoiser> limited(List<Integer> rows, int largest) {
    return denoiser ->
        (z, logSnr, condition) -> {
          rows.add((int) z.getShape().get(0));
          if (z.getShape().get(0) > largest) {
            throw new EngineException("CUDA out of memory. Tried to allocate 2 GiB");
          }
          return denoiser.predictNoise(z, logSnr, condition);
        };
  }

  private static void assertInvalid(EngineRig rig, String id, String message) throws Exception {
    assertThat(rig.failure(id).getMessage()).contains(message);
    assertThat(rig.failure(id).getCategory()).isEqualTo(FailureCategory.FAILURE_CATEGORY_INVALID);
  }
}
