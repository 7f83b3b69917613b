package dev.anagama.worker.engine;

import static dev.anagama.worker.engine.EngineTest.assertSameImage;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.anagama.diffusion.checkpoint.Checkpoint;
import dev.anagama.diffusion.guidance.ClassifierFreeGuidance;
import dev.anagama.diffusion.guidance.DynamicThreshold;
import dev.anagama.diffusion.guidance.Guidance;
import dev.anagama.diffusion.guidance.GuidanceInterval;
import dev.anagama.diffusion.guidance.GuidanceProjection;
import dev.anagama.diffusion.guidance.GuidanceRescale;
import dev.anagama.diffusion.image.PixelCodec;
import dev.anagama.diffusion.network.Precision;
import dev.anagama.diffusion.network.TorchDenoiser;
import dev.anagama.diffusion.sampler.DdimSampler;
import dev.anagama.diffusion.sampler.DenoisingLoop;
import dev.anagama.diffusion.sampler.DpmSolverSampler;
import dev.anagama.diffusion.sampler.GuidedImage;
import dev.anagama.diffusion.sampler.HeunSampler;
import dev.anagama.diffusion.sampler.NoiseStream;
import dev.anagama.diffusion.sampler.Step;
import dev.anagama.diffusion.sampler.StepListener;
import dev.anagama.diffusion.schedule.CosineSchedule;
import dev.anagama.diffusion.schedule.LinearSchedule;
import dev.anagama.diffusion.schedule.LogSnrRange;
import dev.anagama.diffusion.schedule.NoiseSchedule;
import dev.anagama.diffusion.schedule.RhoSchedule;
import dev.anagama.diffusion.schedule.ScheduleKind;
import dev.anagama.diffusion.schedule.StepGrid;
import dev.anagama.v1.JobSpec;
import dev.anagama.v1.Sampler;
import dev.anagama.v1.Schedule;
import dev.anagama.worker.TestJobs;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a job says of sampler, schedule and guidance reaches the denoising loop's formulas. */
class EngineSamplersTest {
  private static final int STEPS = 7;

  @TempDir Path folder;

  /** A job and the same thing in the words of the model library. */
  private record Asked(String name, JobSpec spec, List<Step> steps, Guidance guidance) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Asked> asked() {
    Guidance plain = new Guidance(3, GuidanceInterval.ALWAYS);
    JobSpec.Builder projected =
        spec().setSampler(Sampler.SAMPLER_HEUN).setSchedule(Schedule.SCHEDULE_EDM);
    projected.getGuidanceProjectionBuilder().setNormLimit(2.5).setMomentum(-0.5);
    return Stream.of(
        new Asked(
            "ddim-with-noise",
            spec().setSampler(Sampler.SAMPLER_DDIM).setEta(0.6).build(),
            new DdimSampler(0.6).steps(grid(CosineSchedule.DEFAULT)),
            plain),
        new Asked(
            "multistep-rescaled",
            spec()
                .setSampler(Sampler.SAMPLER_DPMPP_2M)
                .setSchedule(Schedule.SCHEDULE_LINEAR_LOG_SNR)
                .setGuidanceRescale(0.7)
                .build(),
            new DpmSolverSampler().steps(grid(LinearSchedule.over(LogSnrRange.DEFAULT))),
            plain.with(new GuidanceRescale(0.7))),
        new Asked(
            "heun-projected",
            projected.build(),
            new HeunSampler().steps(grid(RhoSchedule.over(LogSnrRange.DEFAULT))),
            plain.with(new GuidanceProjection(0, 2.5, -0.5))),
        new Asked(
            "multistep-thresholded",
            spec().setSampler(Sampler.SAMPLER_DPMPP_2M).setDynamicThreshold(0.9).build(),
            new DpmSolverSampler().steps(grid(CosineSchedule.DEFAULT)),
            plain.with(new DynamicThreshold(0.9))));
  }

  private static JobSpec.Builder spec() {
    return TestJobs.spec("m").setNumInferenceSteps(STEPS).setGuidanceScale(4);
  }

  private static StepGrid grid(NoiseSchedule schedule) {
    return StepGrid.uniform(schedule, STEPS);
  }

  @ParameterizedTest
  @MethodSource("asked")
  void image_isTheOneOfTheDenoisingLoop(Asked asked) throws Exception {
    try (EngineRig rig = new EngineRig(folder, 32)) {
      rig.serve("m", "1", 5);
      rig.submit(TestJobs.with("j", asked.spec.toBuilder()));

      assertSameImage(rig.images("j").get(0), denoisingLoop(asked));
    }
  }

  private int[] denoisingLoop(Asked asked) {
    Checkpoint checkpoint = Checkpoint.read(folder.resolve("m-1"));
    try (TorchDenoiser denoiser = checkpoint.open(Device.cpu(), Precision.FLOAT32);
        NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      NDArray made =
          new DenoisingLoop(new ClassifierFreeGuidance(denoiser, 3), asked.steps, true)
              .sample(
                  manager,
                  List.of(new GuidedImage(1, asked.guidance, new NoiseStream(42, 0))),
                  new Shape(1, 8, 8),
                  StepListener.SILENT);
      byte[] pixels = PixelCodec.encode(made.toFloatArray());
      int[] grey = new int[pixels.length];
      Arrays.setAll(grey, i -> Byte.toUnsignedInt(pixels[i]));
      return grey;
    }
  }

  @Test
  void methods_eachChangesTheImage() throws Exception {
    try (EngineRig rig = new EngineRig(folder, 32)) {
      rig.serve("m", "1", 5);
      rig.submit(TestJobs.with("plain", spec()));
      asked().forEach(a -> rig.submit(TestJobs.with(a.name, a.spec.toBuilder())));
      int[] plain = rig.images("plain").get(0);
      for (Asked asked : asked().toList()) {
        assertThat(rig.images(asked.name).get(0)).isNotEqualTo(plain);
      }
    }
  }

  @Test
  void heun_takesTwoEvaluationsAStepButCountsLevels() throws Exception {
    AtomicInteger evaluations = new AtomicInteger();
    try (EngineRig rig = new EngineRig(folder, 32)) {
      rig.serve(
          "m",
          "1",
          5,
          denoiser ->
              (z, logSnr, condition) -> {
                evaluations.addAndGet((int) z.getShape().get(0));
                return denoiser.predictNoise(z, logSnr, condition);
              });
      rig.submit(
          TestJobs.with(
              "j",
              TestJobs.spec("m").setSampler(Sampler.SAMPLER_HEUN).setNumInferenceSteps(STEPS)));
      rig.images("j");

      assertThat(evaluations).hasValue(2 * (2 * STEPS - 1));
      await().until(() -> rig.lastProgress("j").getImagesDone() == 1);
      assertThat(rig.lastProgress("j").getStepsDone()).isEqualTo(STEPS);
      assertThat(rig.lastProgress("j").getStepsTotal()).isEqualTo(STEPS);
    }
  }

  @Test
  void levelsDone_ofTwoEvaluationsALevel_countsWholeOnes() {
    ScheduleGroup group =
        ScheduleGroup.of(
            LogSnrRange.DEFAULT, new ScheduleGroup.Key(5, ScheduleKind.EDM, new HeunSampler()));
    int[] done = new int[group.steps().size() + 1];
    Arrays.setAll(done, group::levelsDone);

    assertThat(done).containsExactly(0, 0, 1, 1, 2, 2, 3, 3, 4, 5);
  }
}
