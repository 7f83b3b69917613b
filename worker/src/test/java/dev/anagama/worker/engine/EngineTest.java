package dev.anagama.worker.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.anagama.diffusion.checkpoint.Checkpoint;
import dev.anagama.diffusion.guidance.ClassifierFreeGuidance;
import dev.anagama.diffusion.guidance.Denoiser;
import dev.anagama.diffusion.guidance.Guidance;
import dev.anagama.diffusion.guidance.GuidanceInterval;
import dev.anagama.diffusion.image.PixelCodec;
import dev.anagama.diffusion.network.Precision;
import dev.anagama.diffusion.network.TorchDenoiser;
import dev.anagama.diffusion.sampler.AncestralSampler;
import dev.anagama.diffusion.sampler.DenoisingLoop;
import dev.anagama.diffusion.sampler.GuidedImage;
import dev.anagama.diffusion.sampler.NoiseStream;
import dev.anagama.diffusion.schedule.CosineSchedule;
import dev.anagama.diffusion.schedule.StepGrid;
import dev.anagama.v1.JobSpec;
import dev.anagama.v1.Sampler;
import dev.anagama.worker.TestJobs;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EngineTest {
  @TempDir Path folder;

  @Test
  void image_isTheSameAloneAmongNeighboursAndJoinedLate() throws Exception {
    JobSpec.Builder spec =
        TestJobs.spec("m").setSampler(Sampler.SAMPLER_ANCESTRAL).setNumInferenceSteps(12);
    List<int[]> alone;
    try (EngineRig rig = new EngineRig(folder.resolve("alone"), 32)) {
      rig.serve("m", "1", 5);
      rig.submit(TestJobs.with("alone", spec));
      alone = rig.images("alone");
    }
    try (EngineRig rig = new EngineRig(folder.resolve("among"), 32)) {
      rig.serve("m", "1", 5);
      rig.submit(TestJobs.with("long", TestJobs.spec("m").setNumInferenceSteps(400).setSeed(1)));
      await().until(() -> rig.engine.report().cycles() > 20);
      rig.submit(TestJobs.with("late", spec));
      for (int i = 0; i < 4; i++) {
        JobSpec.Builder other =
            TestJobs.spec("m")
                .setSampler(i % 2 == 0 ? Sampler.SAMPLER_DDIM : Sampler.SAMPLER_ANCESTRAL)
                .setNumInferenceSteps(5 + 3 * i)
                .setGuidanceScale(1 + i)
                .setNumImages(1 + i)
                .setSeed(100 + i);
        rig.submit(TestJobs.with("other" + i, other));
      }
      rig.submit(TestJobs.with("again", spec));
      assertSameImage(rig.images("late").get(0), alone.get(0));
      assertSameImage(rig.images("again").get(0), alone.get(0));
      assertThat(rig.images("other3")).hasSize(4);
      assertThat(rig.images("long").get(0)).isNotEqualTo(alone.get(0));
    }
  }

  @Test
  void image_isTheOneOfTheDenoisingLoop() throws Exception {
    try (EngineRig rig = new EngineRig(folder, 32)) {
      rig.serve("m", "1", 5);
      rig.submit(
          TestJobs.with(
              "j",
              TestJobs.spec("m")
                  .setSampler(Sampler.SAMPLER_ANCESTRAL)
                  .setNumImages(3)
                  .setGuidanceScale(3)));

      List<int[]> images = rig.images("j");

      List<int[]> expected = denoisingLoop(folder.resolve("m-1"), 3, 2);
      for (int i = 0; i < 3; i++) {
        assertSameImage(images.get(i), expected.get(i));
      }
    }
  }

  private static List<int[]> denoisingLoop(Path checkpointFolder, int images, double weight) {
    Checkpoint checkpoint = Checkpoint.read(checkpointFolder);
    List<GuidedImage> rows = new ArrayList<>();
    for (int i = 0; i < images; i++) {
      rows.add(
          new GuidedImage(
              1, new Guidance(weight, GuidanceInterval.ALWAYS), new NoiseStream(42, i)));
    }
    try (TorchDenoiser denoiser = checkpoint.open(Device.cpu(), Precision.FLOAT32);
        NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      var steps = new AncestralSampler().steps(StepGrid.uniform(CosineSchedule.DEFAULT, 4));
      NDArray result =
          new DenoisingLoop(new ClassifierFreeGuidance(denoiser, 3), steps, true)
              .sample(manager, rows, new Shape(1, 8, 8), (done, total) -> {});
      byte[] pixels = PixelCodec.encode(result.toFloatArray());
      List<int[]> grey = new ArrayList<>();
      for (int i = 0; i < images; i++) {
        int[] levels = new int[64];
        for (int p = 0; p < 64; p++) {
          levels[p] = Byte.toUnsignedInt(pixels[i * 64 + p]);
        }
        grey.add(levels);
      }
      return grey;
    }
  }

  @Test
  void unguidedRow_costsOneEvaluation() throws Exception {
    try (EngineRig rig = new EngineRig(folder, 32)) {
      rig.serve("m", "1", 5);
      AtomicInteger counted = new AtomicInteger();
      rig.serve("counted", "1", 5, counting(counted));

      rig.submit(
          TestJobs.with("plain", TestJobs.spec("counted").setGuidanceScale(1).setNumImages(3)));
      rig.images("plain");
      assertThat(counted.getAndSet(0)).isEqualTo(3 * 4);

      rig.submit(TestJobs.with("guided", TestJobs.spec("counted").setNumImages(3)));
      rig.images("guided");
      assertThat(counted.getAndSet(0)).isEqualTo(2 * 3 * 4);

      rig.submit(TestJobs.with("unconditional", TestJobs.spec("counted").clearClassLabel()));
      rig.images("unconditional");
      assertThat(counted.getAndSet(0)).isEqualTo(4);

      // Levels of 4 steps are -20, -1.1, 1.1 and 20.
      JobSpec.Builder part = TestJobs.spec("counted");
      part.getGuidanceIntervalBuilder().setMinLogSnr(-5).setMaxLogSnr(0);
      rig.submit(TestJobs.with("part", part));
      rig.images("part");
      assertThat(counted.getAndSet(0)).isEqualTo(5);
      assertThat(rig.engine.report().networkRows()).isEqualTo(12 + 24 + 4 + 5);
    }
  }

  @Test
  void manyMoreImagesThanRows_areAllMade() throws Exception {
    AtomicInteger largest = new AtomicInteger();
    try (EngineRig rig = new EngineRig(folder, 6)) {
      rig.serve(
          "m",
          "1",
          5,
          denoiser ->
              (z, logSnr, condition) -> {
                largest.accumulateAndGet((int) z.getShape().get(0), Math::max);
                return denoiser.predictNoise(z, logSnr, condition);
              });
      rig.submit(TestJobs.with("big", TestJobs.spec("m").setNumImages(20)));
      rig.submit(TestJobs.with("plain", TestJobs.spec("m").setNumImages(7).setGuidanceScale(1)));
      rig.submit(TestJobs.with("one", TestJobs.spec("m")));

      assertThat(rig.images("big")).hasSize(20);
      assertThat(rig.images("plain")).hasSize(7);
      assertSameImage(rig.images("one").get(0), rig.images("big").get(0));
      assertThat(largest).hasValue(6);
      await().until(() -> rig.lastProgress("big").getImagesDone() == 20);
      assertThat(rig.lastProgress("big").getStepsDone()).isEqualTo(4);
      await().until(() -> rig.started("big") == 1);
      assertThat(rig.engine.report().busyNanos()).isPositive();
    }
  }

  @Test
  void newCheckpoint_isForNewJobs_runningOnesFinishOnTheirs() throws Exception {
    try (EngineRig rig = new EngineRig(folder, 32)) {
      CountDownLatch swapped = new CountDownLatch(1);
      AtomicInteger steps = new AtomicInteger();
      EngineRig.Served first =
          rig.serve(
              "m",
              "1",
              5,
              denoiser ->
                  (z, logSnr, condition) -> {
                    if (steps.incrementAndGet() == 3) {
                      awaitQuietly(swapped);
                    }
                    return denoiser.predictNoise(z, logSnr, condition);
                  });
      rig.submit(TestJobs.of("before", "m", 10));
      await().until(() -> steps.get() == 3);
      EngineRig.Served second = rig.serve("m", "2", 6);
      rig.submit(TestJobs.of("after", "m", 10));
      assertThat(first.closed).isFalse();
      swapped.countDown();

      assertThat(rig.end("before").getSucceeded().getProvenance().getCheckpointVersion())
          .isEqualTo("1");
      assertThat(rig.end("after").getSucceeded().getProvenance().getCheckpointVersion())
          .isEqualTo("2");
      assertThat(rig.images("after").get(0)).isNotEqualTo(rig.images("before").get(0));
      await().until(() -> first.closed);
      assertThat(second.closed).isFalse();
    }
  }

  @Test
  void arraysOnTheDevice_areNotMoreAfterManySteps() throws Exception {
    List<Integer> arrays = Collections.synchronizedList(new ArrayList<>());
    try (EngineRig rig = new EngineRig(folder, 8)) {
      rig.serve("m", "1", 5, denoiser -> inspecting(denoiser, arrays));
      for (int i = 0; i < 60; i++) {
        rig.submit(
            TestJobs.with(
                "j" + i,
                TestJobs.spec("m")
                    .setSampler(i % 2 == 0 ? Sampler.SAMPLER_ANCESTRAL : Sampler.SAMPLER_DDIM)
                    .setNumInferenceSteps(3 + i % 7)
                    .setNumImages(1 + i % 5)));
      }
      for (int i = 0; i < 60; i++) {
        rig.end("j" + i);
      }
    }
    int atFirst = arrays.subList(0, 20).stream().mapToInt(count -> count).max().orElseThrow();
    // Rows rest only while a shorter job passes, which may be later; to slice them takes 5 more. An
    // array that each step or job left behind would add up to many times that.
    assertThat(arrays).hasSizeGreaterThan(100).allMatch(count -> count <= atFirst + 10);
  }

  /** Counts the arrays under the model's manager: its z and what the step has made so far. */
  private static Denoiser inspecting(Denoiser denoiser, List<Integer> arrays) {
    return (z, logSnr, condition) -> {
      NDManager manager = z.getManager();
      while (manager.getParentManager().getParentManager() != null) {
        manager = manager.getParentManager();
      }
      arrays.add(manager.getManagedArrays().size());
      return denoiser.predictNoise(z, logSnr, condition);
    };
  }

  private static UnaryOperator<Denoiser> counting(AtomicInteger counted) {
    return denoiser ->
        (z, logSnr, condition) -> {
          counted.addAndGet((int) z.getShape().get(0));
          return denoiser.predictNoise(z, logSnr, condition);
        };
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  static void assertSameImage(int[] actual, int[] expected) {
    assertThat(actual).hasSameSizeAs(expected);
    for (int i = 0; i < actual.length; i++) {
      assertThat(actual[i]).as("pixel %d", i).isBetween(expected[i] - 1, expected[i] + 1);
    }
    // An image of one level would be the same whatever the noise was.
    assertThat(expected).isNotEqualTo(new int[expected.length]);
    assertThat(Arrays.stream(expected).distinct().count()).isGreaterThan(4);
  }
}
