package dev.anagama.worker.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Timestamp;
import dev.anagama.diffusion.network.Precision;
import dev.anagama.v1.GenerationJob;
import dev.anagama.v1.JobSpec;
import dev.anagama.v1.Priority;
import dev.anagama.v1.Sampler;
import dev.anagama.v1.Schedule;
import dev.anagama.worker.TestJobs;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random mixes of jobs: each image is the one that its job makes alone in one lane, whoever runs
 * beside it, comes or goes, whatever is swapped in beside it, and however many lanes share the rows
 * of a pass.
 *
 * <p><b>Why not to the bit.</b> PyTorch may choose how it sums by the number of rows in a pass, and
 * so another rounding. In float32 that is 1 grey level at most. In bfloat16 a value has 8 bits, an
 * error of up to 1/256 of itself, which each step passes on to the next. With this small network,
 * on a processor with matrix units for bfloat16, no pixel of any mix was another one; but other
 * processors have other kernels, so {@value #BFLOAT16_LEVELS} levels are allowed in a pixel and
 * {@value #BFLOAT16_MEAN} in the mean of an image.
 */
class EngineMixTest {
  private static final int BFLOAT16_LEVELS = 4;
  private static final double BFLOAT16_MEAN = 0.5;
  private static final int JOBS = 8;

  @TempDir Path folder;

  @Test
  void imageInAnyMix_isTheOneMadeAlone_float32() throws Exception {
    for (long seed = 1; seed <= 3; seed++) {
      Difference difference = mix(seed, Precision.FLOAT32);
      assertThat(difference.largest).as("grey levels, seed %d", seed).isLessThanOrEqualTo(1);
    }
  }

  @Test
  void imageInAnyMix_isTheOneMadeAlone_bfloat16() throws Exception {
    for (long seed = 1; seed <= 3; seed++) {
      Difference difference = mix(seed, Precision.BFLOAT16);
      assertThat(difference.largest)
          .as("grey levels, seed %d", seed)
          .isLessThanOrEqualTo(BFLOAT16_LEVELS);
      assertThat(difference.largestMean).as("mean, seed %d", seed).isLessThan(BFLOAT16_MEAN);
    }
  }

  @Test
  void twoEnginesInOneProcess_makeTheSameImagesSideBySide() throws Exception {
    SplittableRandom random = new SplittableRandom(9);
    try (EngineRig one = EngineRig.inLanes(folder.resolve("one"), 8, 2);
        EngineRig other = EngineRig.inLanes(folder.resolve("other"), 5, 3)) {
      for (EngineRig rig : List.of(one, other)) {
        rig.serve("m", "1", 5);
      }
      for (int i = 0; i < JOBS; i++) {
        GenerationJob job = TestJobs.with("j" + i, spec(random));
        one.submit(job);
        other.submit(job);
      }
      Difference difference = new Difference();
      for (int i = 0; i < JOBS; i++) {
        List<int[]> images = one.images("j" + i);
        assertThat(other.images("j" + i)).hasSameSizeAs(images);
        for (int k = 0; k < images.size(); k++) {
          difference.add(other.images("j" + i).get(k), images.get(k));
        }
      }
      assertThat(difference.largest).isLessThanOrEqualTo(1);
    }
  }

  /** Over all images of a mix. */
  private static final class Difference {
    int largest;
    double largestMean;

    void add(int[] actual, int[] expected) {
      long sum = 0;
      for (int i = 0; i < expected.length; i++) {
        int difference = Math.abs(actual[i] - expected[i]);
        largest = Math.max(largest, difference);
        sum += difference;
      }
      largestMean = Math.max(largestMean, (double) sum / expected.length);
    }
  }

  private Difference mix(long seed, Precision precision) throws Exception {
    SplittableRandom random = new SplittableRandom(seed);
    Path place = folder.resolve(precision.label() + seed);
    List<GenerationJob> jobs = new ArrayList<>();
    for (int i = 0; i < JOBS; i++) {
      jobs.add(TestJobs.with("j" + i, spec(random)));
    }
    Map<String, List<int[]>> alone = new HashMap<>();
    try (EngineRig rig = new EngineRig(place.resolve("alone"), 32)) {
      rig.serve("m", "1", 5, precision, denoiser -> denoiser);
      for (GenerationJob job : jobs) {
        rig.submit(job);
        alone.put(job.getJobId(), rig.images(job.getJobId()));
      }
    }
    int rowLimit = 4 + random.nextInt(20);
    try (EngineRig rig = EngineRig.inLanes(place.resolve("mix"), rowLimit, 2 + (int) seed % 2)) {
      rig.serve("m", "1", 5, precision, denoiser -> denoiser);
      rig.serve("n", "1", 6, precision, denoiser -> denoiser);
      submit(rig, jobs, random, precision);
      Difference difference = new Difference();
      for (GenerationJob job : jobs) {
        List<int[]> images = rig.images(job.getJobId());
        List<int[]> expected = Objects.requireNonNull(alone.get(job.getJobId()));
        assertThat(images).hasSameSizeAs(expected);
        for (int i = 0; i < images.size(); i++) {
          difference.add(images.get(i), expected.get(i));
        }
      }
      return difference;
    }
  }

  /** Hands the jobs over at random steps; neighbours come, are cancelled, expire, or see a swap. */
  private static void submit(
      EngineRig rig, List<GenerationJob> jobs, SplittableRandom random, Precision precision)
      throws Exception {
    int version = 2;
    for (GenerationJob job : jobs) {
      String neighbour = "neighbour-" + job.getJobId();
      JobSpec.Builder spec = spec(random).setNumInferenceSteps(1 + random.nextInt(40));
      if (random.nextInt(3) == 0) {
        spec.setModel("n");
      }
      if (random.nextInt(4) == 0) {
        Instant deadline = Instant.now().plusMillis(random.nextInt(60));
        spec.setDeadline(
            Timestamp.newBuilder()
                .setSeconds(deadline.getEpochSecond())
                .setNanos(deadline.getNano()));
      }
      rig.submit(TestJobs.with(neighbour, spec));
      rig.submit(job);
      long cycles = rig.engine.report().cycles() + random.nextInt(12);
      while (rig.engine.running() > 0 && rig.engine.report().cycles() < cycles) {
        Thread.sleep(1);
      }
      if (random.nextInt(3) == 0) {
        rig.serve("n", "" + version++, random.nextInt(100), precision, denoiser -> denoiser);
      }
      if (random.nextInt(2) == 0) {
        rig.engine.submit(new EngineCommand.Cancel(neighbour));
      }
    }
  }

  private static JobSpec.Builder spec(SplittableRandom random) {
    JobSpec.Builder spec =
        TestJobs.spec("m")
            .setSampler(Sampler.forNumber(1 + random.nextInt(4)))
            .setSchedule(Schedule.forNumber(random.nextInt(4)))
            .setNumInferenceSteps(1 + random.nextInt(16))
            .setNumImages(1 + random.nextInt(4))
            .setGuidanceScale(random.nextInt(4) == 0 ? 1 : 1 + random.nextDouble() * 4)
            .setPriority(Priority.forNumber(random.nextInt(4)))
            .setSeed(random.nextLong());
    if (random.nextInt(5) == 0) {
      spec.clearClassLabel();
    } else {
      spec.setClassLabel(random.nextInt(3));
    }
    if (random.nextInt(3) == 0) {
      double min = random.nextDouble(-15, 5);
      spec.getGuidanceIntervalBuilder()
          .setMinLogSnr(min)
          .setMaxLogSnr(min + random.nextDouble(0.1, 12));
    }
    addMethods(spec, random);
    return spec;
  }

  /** Some of the methods that change what guidance and samplers do; each in a third of the jobs. */
  private static void addMethods(JobSpec.Builder spec, SplittableRandom random) {
    if (spec.getSampler() == Sampler.SAMPLER_DDIM && random.nextBoolean()) {
      spec.setEta(random.nextDouble());
    }
    if (random.nextInt(3) == 0) {
      spec.setGuidanceRescale(random.nextDouble());
    }
    if (random.nextInt(3) == 0) {
      spec.setDynamicThreshold(random.nextDouble(0.8, 1));
    }
    if (random.nextInt(3) == 0) {
      spec.getGuidanceProjectionBuilder()
          .setEta(random.nextInt(3) / 2.0)
          .setMomentum(random.nextInt(2) * random.nextDouble(-0.75, 0.5));
      if (random.nextBoolean()) {
        spec.getGuidanceProjectionBuilder().setNormLimit(random.nextDouble(0.5, 10));
      }
    }
  }
}
