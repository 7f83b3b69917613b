package dev.anagama.diffusion.sampler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.anagama.diffusion.guidance.ClassifierFreeGuidance;
import dev.anagama.diffusion.guidance.CountingDenoiser;
import dev.anagama.diffusion.guidance.GaussianMixture;
import dev.anagama.diffusion.guidance.Guidance;
import dev.anagama.diffusion.guidance.GuidanceInterval;
import dev.anagama.diffusion.guidance.ThreeGaussians;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DenoisingLoopTest {
  private static final Shape POINT = new Shape(2, 1, 1);
  private static final Guidance STRONG = new Guidance(2, GuidanceInterval.ALWAYS);

  private final GaussianMixture data = ThreeGaussians.data();
  private final ClassifierFreeGuidance guided =
      new ClassifierFreeGuidance(data, data.nullCondition());
  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  private float[] sample(List<Step> steps, List<GuidedImage> images) {
    return new DenoisingLoop(guided, steps, true)
        .sample(manager, images, POINT, StepListener.SILENT)
        .toFloatArray();
  }

  @Test
  void sample_knownSeeds_neverChanges() {
    assertThat(sample(Runs.steps(new AncestralSampler(), 24), Runs.images(2, 1, STRONG, 7)))
        .containsExactly(
            new float[] {-0.30387056f, -0.25516355f, -0.6915496f, -0.2844989f}, within(1e-4f));
    assertThat(sample(Runs.steps(new DdimSampler(), 24), Runs.images(2, 1, STRONG, 7)))
        .containsExactly(
            new float[] {-1.0f, -0.5241614f, -0.85591877f, -0.7427054f}, within(1e-4f));
  }

  @Test
  void sample_ddimTwice_isTheSameToTheBit() {
    List<Step> steps = Runs.steps(new DdimSampler(), 20);

    assertThat(sample(steps, Runs.images(5, 0, STRONG, 3)))
        .isEqualTo(sample(steps, Runs.images(5, 0, STRONG, 3)));
  }

  @Test
  void sample_ddim_drawsNoiseOnceOnly() {
    NoiseStream used = new NoiseStream(9, 0);
    sample(Runs.steps(new DdimSampler(), 20), List.of(new GuidedImage(0, STRONG, used)));
    NoiseStream fresh = new NoiseStream(9, 0);
    fresh.fill(new float[2]);

    float[] next = new float[8];
    used.fill(next);
    float[] expected = new float[8];
    fresh.fill(expected);
    assertThat(next).isEqualTo(expected);
  }

  @Test
  void sample_oneStep_isTheDenoisedNoise() {
    List<Step> one = Runs.steps(new AncestralSampler(), 1);

    assertThat(sample(one, Runs.images(1, 0, Guidance.NONE, 3))).hasSize(2);
  }

  @Test
  void sample_imagesOfDifferentConditionsAndGuidance_areThoseMadeAlone() {
    List<Step> steps = Runs.steps(new AncestralSampler(), 32);
    float[] together = sample(steps, different());
    List<GuidedImage> again = different();
    for (int row = 0; row < again.size(); row++) {
      float[] alone = sample(steps, again.subList(row, row + 1));
      assertThat(alone[0]).isCloseTo(together[2 * row], within(1e-4f));
      assertThat(alone[1]).isCloseTo(together[2 * row + 1], within(1e-4f));
    }
  }

  private static List<GuidedImage> different() {
    return List.of(
        new GuidedImage(0, Guidance.NONE, new NoiseStream(1, 0)),
        new GuidedImage(2, STRONG, new NoiseStream(1, 1)),
        new GuidedImage(3, STRONG, new NoiseStream(8, 0)),
        new GuidedImage(1, new Guidance(0.5, new GuidanceInterval(-2, 2)), new NoiseStream(8, 1)));
  }

  @Test
  void rows_joiningAtDifferentTimesWithDifferentSteps_areThoseMadeAlone() {
    // As the worker's engine does it: each row has its own run; row k joins at cycle 3 k.
    List<List<Step>> runs =
        List.of(
            Runs.steps(new AncestralSampler(), 24),
            Runs.steps(new DdimSampler(), 16),
            Runs.steps(new AncestralSampler(1), 31));
    List<GuidedImage> images = different().subList(1, 4);
    float[][] made = new float[3][];
    NDArray[] z = new NDArray[3];
    for (int cycle = 0; cycle < 3 * 2 + 31; cycle++) {
      List<Integer> rows = new ArrayList<>();
      for (int row = 0; row < 3; row++) {
        int step = cycle - 3 * row;
        if (step == 0) {
          z[row] = noise(images.get(row));
        }
        if (step >= 0 && step < runs.get(row).size()) {
          rows.add(row);
        }
      }
      if (!rows.isEmpty()) {
        advance(rows, cycle, runs, images, z);
      }
    }
    for (int row = 0; row < 3; row++) {
      made[row] = z[row].toFloatArray();
      float[] alone = sample(runs.get(row), List.of(different().get(row + 1)));
      assertThat(made[row]).containsExactly(alone, within(1e-4f));
    }
  }

  private void advance(
      List<Integer> rows, int cycle, List<List<Step>> runs, List<GuidedImage> images, NDArray[] z) {
    NDList batch = new NDList();
    NDList noises = new NDList();
    Step[] steps = new Step[rows.size()];
    float[] levels = new float[rows.size()];
    long[] conditions = new long[rows.size()];
    double[] weights = new double[rows.size()];
    for (int i = 0; i < steps.length; i++) {
      int row = rows.get(i);
      GuidedImage image = images.get(row);
      steps[i] = runs.get(row).get(cycle - 3 * row);
      levels[i] = (float) steps[i].logSnr();
      conditions[i] = image.condition();
      weights[i] = guided.weight(image.condition(), image.guidance(), steps[i].logSnr());
      batch.add(z[row]);
      noises.add(
          steps[i].noiseScale() == 0 ? manager.zeros(new Shape(1).addAll(POINT)) : noise(image));
    }
    NDArray all = NDArrays.concat(batch);
    NDArray eps =
        guided.predictNoise(all, manager.create(levels), manager.create(conditions), weights);
    NDArray next = StepRule.advance(all, eps, steps, true, NDArrays.concat(noises));
    for (int i = 0; i < steps.length; i++) {
      z[rows.get(i)] = next.get(i + ":" + (i + 1));
    }
  }

  private NDArray noise(GuidedImage image) {
    float[] values = new float[2];
    image.noise().fill(values);
    return manager.create(values, new Shape(1).addAll(POINT));
  }

  @Test
  void sample_guidanceInAnInterval_asksForUnconditionalRowsOnlyThere() {
    CountingDenoiser network = new CountingDenoiser(data);
    List<Step> steps = Runs.steps(new DdimSampler(), 40);
    GuidanceInterval interval = new GuidanceInterval(-2, 3);
    List<GuidedImage> images =
        List.of(
            new GuidedImage(0, new Guidance(1.5, interval), new NoiseStream(1, 0)),
            new GuidedImage(1, Guidance.NONE, new NoiseStream(1, 1)),
            new GuidedImage(data.nullCondition(), STRONG, new NoiseStream(1, 2)));

    new DenoisingLoop(
            new ClassifierFreeGuidance(network, data.nullCondition()), steps, /* clip= */ true)
        .sample(manager, images, POINT, StepListener.SILENT);

    assertThat(network.calls()).hasSize(40);
    for (int i = 0; i < 40; i++) {
      int extra = interval.contains(steps.get(i).logSnr()) ? 1 : 0;
      assertThat(network.calls().get(i)).as("rows of step %s", i).hasSize(3 + extra);
    }
  }

  @Test
  void sample_manySteps_keepsAFlatCountOfArraysAndReportsEach() {
    List<Step> steps = Runs.steps(new AncestralSampler(), 300);
    List<Integer> done = new ArrayList<>();
    NDArray before = manager.create(1f);

    NDArray x =
        new DenoisingLoop(guided, steps, true)
            .sample(
                manager,
                Runs.images(3, 0, STRONG, 1),
                POINT,
                (stepsDone, stepsTotal) -> {
                  done.add(stepsDone);
                  assertThat(stepsTotal).isEqualTo(300);
                  assertThat(manager.getManagedArrays()).hasSize(2);
                });

    assertThat(done).hasSize(300).startsWith(1, 2).endsWith(300);
    assertThat(manager.getManagedArrays()).containsExactlyInAnyOrder(before, x);
    assertThat(x.getShape()).isEqualTo(new Shape(3, 2, 1, 1));
  }

  @Test
  void construct_noSteps_isRefused() {
    assertThatThrownBy(() -> new DenoisingLoop(guided, List.of(), true))
        .hasMessage("steps is empty, must hold at least one step");
  }
}
