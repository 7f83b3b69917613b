package dev.anagama.diffusion.sampler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.anagama.diffusion.guidance.ClassifierFreeGuidance;
import dev.anagama.diffusion.guidance.CountingDenoiser;
import dev.anagama.diffusion.guidance.GaussianMixture;
import dev.anagama.diffusion.guidance.Guidance;
import dev.anagama.diffusion.guidance.GuidanceInterval;
import dev.anagama.diffusion.guidance.GuidanceProjection;
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
  void sample_samplersWithMemoryAndProjectedGuidance_areThoseMadeAlone() {
    GuidanceProjection projection = new GuidanceProjection(0.2, 1.5, -0.5);
    for (Sampler sampler : List.of(new DpmSolverSampler(), new HeunSampler())) {
      List<Step> steps = Runs.steps(sampler, 16);
      List<GuidedImage> images = Runs.images(3, 1, STRONG.with(projection), 5);
      List<GuidedImage> again = Runs.images(3, 1, STRONG.with(projection), 5);
      float[] together =
          sample(
              steps,
              List.of(
                  images.get(0),
                  new GuidedImage(2, Guidance.NONE, new NoiseStream(3, 1)),
                  images.get(2)));

      assertThat(sample(steps, again.subList(0, 1)))
          .containsExactly(new float[] {together[0], together[1]}, within(1e-4f));
      assertThat(sample(steps, again.subList(2, 3)))
          .containsExactly(new float[] {together[4], together[5]}, within(1e-4f));
    }
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
  void sample_withMemoryAndMomentum_keepsAFlatCountOfArraysToo() {
    List<Step> steps = Runs.steps(new HeunSampler(), 40);
    Guidance guidance = STRONG.with(new GuidanceProjection(0, 2, -0.5));

    NDArray x =
        new DenoisingLoop(guided, steps, true)
            .sample(
                manager,
                Runs.images(3, 0, guidance, 1),
                POINT,
                (done, total) ->
                    assertThat(manager.getManagedArrays()).hasSizeLessThanOrEqualTo(3));

    // The momentum of the last step is of no use, but goes with the manager.
    assertThat(manager.getManagedArrays()).contains(x).hasSizeLessThanOrEqualTo(2);
  }

  @Test
  void construct_noSteps_isRefused() {
    assertThatThrownBy(() -> new DenoisingLoop(guided, List.of(), true))
        .hasMessage("steps is empty, must hold at least one step");
  }
}
