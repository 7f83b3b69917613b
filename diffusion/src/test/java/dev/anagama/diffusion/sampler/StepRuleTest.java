package dev.anagama.diffusion.sampler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.anagama.diffusion.guidance.GuidedNoise;
import dev.anagama.diffusion.schedule.CosineSchedule;
import dev.anagama.diffusion.schedule.StepGrid;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StepRuleTest {
  private static final StepGrid GRID = StepGrid.uniform(CosineSchedule.DEFAULT, 16);
  private static final List<Step> ANCESTRAL = new AncestralSampler().steps(GRID);
  private static final List<Step> DDIM = new DdimSampler().steps(GRID);
  private static final Shape SHAPE = new Shape(4, 1, 2, 1);

  private final NDManager manager = NDManager.newBaseManager();
  private final float[] zValues = {0.3f, -1.2f, 0.8f, 2.1f, -0.4f, 0.05f, 1.5f, -0.9f};
  private final float[] epsValues = {0.2f, -1.3f, 1.1f, 0.7f, -0.2f, 0.4f, 0.6f, -1.4f};
  private final float[] noiseValues = {-0.7f, 0.1f, 1.9f, -1.1f, 0.3f, -0.2f, 0.5f, 2.2f};

  @AfterEach
  void close() {
    manager.close();
  }

  private NDArray array(float[] values) {
    return manager.create(values, SHAPE);
  }

  private float[] advance(Step[] steps, boolean clip, @Nullable NDArray noise) {
    return advance(RowState.start(array(zValues)), steps, clip, noise).z().toFloatArray();
  }

  private RowState advance(RowState before, Step[] steps, boolean clip, @Nullable NDArray noise) {
    GuidedNoise eps = new GuidedNoise(array(epsValues), null);
    return StepRule.advance(before, eps, steps, bounds(steps.length, clip), noise);
  }

  private static PixelBounds bounds(int rows, boolean clip) {
    return new PixelBounds(clip, Collections.nCopies(rows, Optional.empty()));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void advance_rowsAtDifferentStepsOfDifferentSamplers_followsTheirOwnCoefficients(boolean clip) {
    Step[] steps = {ANCESTRAL.get(3), DDIM.get(7), ANCESTRAL.get(12), ANCESTRAL.get(15)};

    float[] next = advance(steps, clip, array(noiseValues));

    for (int i = 0; i < next.length; i++) {
      Step step = steps[i / 2];
      double x = (zValues[i] - step.sigma() * epsValues[i]) / step.alpha();
      double used = clip ? Math.max(-1, Math.min(1, x)) : x;
      double expected =
          step.zCoefficient() * zValues[i]
              + step.xCoefficient() * used
              + step.noiseScale() * noiseValues[i];
      assertThat((double) next[i]).isCloseTo(expected, within(2e-6 * (1 + Math.abs(x))));
    }
  }

  @Test
  void advance_lastStep_isTheClippedImageToTheBit() {
    Step[] last = {Step.last(20), Step.last(20), Step.last(0), Step.last(0)};

    float[] images = advance(last, true, array(noiseValues));

    for (int i = 0; i < images.length; i++) {
      assertThat(images[i]).isBetween(-1f, 1f);
    }
    assertThat(images[1]).isEqualTo(-1f);
    assertThat(images[3]).isEqualTo(1f);
  }

  @Test
  void advance_deterministicSteps_needNoNoise() {
    Step[] steps = {DDIM.get(1), DDIM.get(2), DDIM.get(3), DDIM.get(15)};

    assertThat(advance(steps, false, null)).isEqualTo(advance(steps, false, array(noiseValues)));
  }

  @Test
  void advance_noiseMissing_namesTheRow() {
    Step[] steps = {DDIM.get(1), DDIM.get(2), ANCESTRAL.get(3), DDIM.get(4)};

    assertThatThrownBy(() -> advance(steps, true, null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("noise is missing, but row 2 takes Step[");
  }

  @Test
  void advance_wrongNumberOfSteps_isRefused() {
    assertThatThrownBy(() -> advance(new Step[] {DDIM.get(1)}, true, null))
        .hasMessage(
            "z is (4, 1, 2, 1) with bounds for 1 rows, must be [N, C, H, W] with N = 1 steps");
  }

  @Test
  void advance_anyNeighbours_givesARowTheSameBits() {
    Step own = ANCESTRAL.get(5);
    Step[] together = {DDIM.get(0), own, ANCESTRAL.get(14), Step.last(20)};
    float[] among = advance(together, true, array(noiseValues));
    NDArray row = array(zValues).get("1:2");
    NDArray eps = array(epsValues).get("1:2");
    NDArray noise = array(noiseValues).get("1:2");

    float[] alone =
        StepRule.advance(
                RowState.start(row),
                new GuidedNoise(eps, null),
                new Step[] {own},
                bounds(1, true),
                noise)
            .z()
            .toFloatArray();

    assertThat(alone).containsExactly(among[2], among[3]);
  }

  @Test
  void advance_called_leavesOnlyItsResultAndTheInputsAsTheyWere() {
    Step[] steps = {ANCESTRAL.get(0), ANCESTRAL.get(1), ANCESTRAL.get(2), ANCESTRAL.get(3)};
    NDArray z = array(zValues);
    NDArray eps = array(epsValues);
    NDArray noise = array(noiseValues);

    for (int call = 1; call <= 5; call++) {
      RowState next =
          StepRule.advance(
              RowState.start(z), new GuidedNoise(eps, null), steps, bounds(4, true), noise);
      assertThat(next.z().getManager()).isSameAs(manager);
      assertThat(next.memory()).isNull();
      assertThat(manager.getManagedArrays()).hasSize(3 + call);
    }
    assertThat(z.toFloatArray()).isEqualTo(zValues);
    assertThat(eps.toFloatArray()).isEqualTo(epsValues);
    assertThat(noise.toFloatArray()).isEqualTo(noiseValues);
  }

  @Test
  void advance_stepsWithMemory_recallAndRememberBesideStepsWithout() {
    List<Step> heun = new HeunSampler().steps(GRID);
    List<Step> multistep = new DpmSolverSampler().steps(GRID);
    Step[] steps = {heun.get(8), heun.get(9), multistep.get(7), DDIM.get(3)};
    float[] memory = {0.4f, -0.3f, 0.2f, 0.1f, -0.6f, 0.9f, 0, 0};

    RowState next = advance(new RowState(array(zValues), array(memory), null), steps, false, null);

    float[] z = next.z().toFloatArray();
    float[] kept = Objects.requireNonNull(next.memory()).toFloatArray();
    for (int i = 0; i < z.length; i++) {
      Step step = steps[i / 2];
      double x = (zValues[i] - step.sigma() * epsValues[i]) / step.alpha();
      assertThat((double) z[i])
          .isCloseTo(
              step.zCoefficient() * zValues[i]
                  + step.xCoefficient() * x
                  + step.memoryCoefficient() * memory[i],
              within(2e-6 * (1 + Math.abs(x))));
      assertThat((double) kept[i])
          .isCloseTo(
              step.keeps().zCoefficient() * zValues[i] + step.keeps().xCoefficient() * x,
              within(2e-6 * (1 + Math.abs(x))));
    }
    assertThat(steps[0].remembers() && steps[1].recalls() && steps[2].recalls()).isTrue();
  }

  @Test
  void advance_nothingLeftToRemember_keepsNoMemory() {
    Step corrector = new HeunSampler().steps(GRID).get(1);
    Step[] steps = {corrector, corrector, DDIM.get(3), DDIM.get(4)};

    RowState next =
        advance(new RowState(array(zValues), array(noiseValues), null), steps, true, null);

    assertThat(next.memory()).isNull();
  }

  @Test
  void advance_memoryMissing_namesTheRow() {
    Step corrector = new HeunSampler().steps(GRID).get(1);
    Step[] steps = {DDIM.get(1), DDIM.get(2), DDIM.get(3), corrector};

    assertThatThrownBy(() -> advance(steps, true, null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("memory is missing, but row 3 takes Step[");
  }
}
