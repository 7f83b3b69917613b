package dev.anagama.diffusion.sampler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.anagama.diffusion.schedule.CosineSchedule;
import dev.anagama.diffusion.schedule.LinearSchedule;
import dev.anagama.diffusion.schedule.LogSnr;
import dev.anagama.diffusion.schedule.LogSnrRange;
import dev.anagama.diffusion.schedule.StepGrid;
import dev.anagama.diffusion.schedule.Transition;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SamplerTest {
  private static final StepGrid GRID = StepGrid.uniform(CosineSchedule.DEFAULT, 32);
  private static final List<Double> GRID_LEVELS =
      IntStream.range(0, 32).mapToObj(GRID::logSnr).toList();

  static Stream<Sampler> samplers() {
    return Stream.of(
        new AncestralSampler(),
        new AncestralSampler(1),
        new DdimSampler(),
        new DdimSampler(0.5),
        new DpmSolverSampler());
  }

  @ParameterizedTest
  @MethodSource("samplers")
  void steps_anySampler_oneForEachLevelAndTheLastYieldsTheImage(Sampler sampler) {
    List<Step> steps = sampler.steps(GRID);

    assertThat(steps).hasSize(32);
    for (int i = 0; i < 32; i++) {
      assertThat(steps.get(i).logSnr()).isEqualTo(GRID.logSnr(i));
      assertThat(steps.get(i).alpha()).isEqualTo(LogSnr.alpha(GRID.logSnr(i)));
      assertThat(steps.get(i).sigma()).isEqualTo(LogSnr.sigma(GRID.logSnr(i)));
    }
    Step last = steps.get(31);
    assertThat(List.of(last.zCoefficient(), last.xCoefficient(), last.noiseScale()))
        .containsExactly(0.0, 1.0, 0.0);
  }

  @ParameterizedTest
  @MethodSource("samplers")
  void steps_gridOfOne_isTheLastStepAlone(Sampler sampler) {
    assertThat(sampler.steps(StepGrid.uniform(CosineSchedule.DEFAULT, 1)))
        .containsExactly(Step.last(-20));
  }

  @Test
  void ancestral_endsOfV_areThePosteriorAndTheForwardVariance() {
    List<Step> lower = new AncestralSampler(0).steps(GRID);
    List<Step> middle = new AncestralSampler(0.3).steps(GRID);
    List<Step> upper = new AncestralSampler(1).steps(GRID);
    for (int i = 0; i < 31; i++) {
      Transition transition = new Transition(GRID.logSnr(i), GRID.logSnr(i + 1));
      double posterior = transition.posteriorVariance();
      double forward = transition.forwardVariance();

      assertThat(square(lower.get(i).noiseScale())).isCloseTo(posterior, withinPercentage(1e-12));
      assertThat(square(upper.get(i).noiseScale())).isCloseTo(forward, withinPercentage(1e-12));
      assertThat(2 * Math.log(middle.get(i).noiseScale()))
          .isCloseTo(0.7 * Math.log(posterior) + 0.3 * Math.log(forward), within(1e-12));
      assertThat(middle.get(i).zCoefficient()).isEqualTo(transition.zCoefficient());
      assertThat(middle.get(i).xCoefficient()).isEqualTo(transition.xCoefficient());
    }
  }

  private static double square(double x) {
    return x * x;
  }

  @Test
  void ancestral_vOutside_isRefused() {
    assertThatThrownBy(() -> new AncestralSampler(1.1))
        .hasMessage("v is 1.1, must be within [0, 1]");
    assertThatThrownBy(() -> new AncestralSampler(Double.NaN))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(new AncestralSampler().v()).isEqualTo(0.3);
  }

  @Test
  void ddim_anyStep_mixesImageAndNoiseAtTheNextLevelAndAddsNone() {
    double x = -0.4;
    double eps = 1.3;
    List<Step> steps = new DdimSampler().steps(GRID);
    for (int i = 0; i < 31; i++) {
      Step step = steps.get(i);
      double next = GRID.logSnr(i + 1);
      double z = step.alpha() * x + step.sigma() * eps;

      assertThat(step.zCoefficient() * z + step.xCoefficient() * x)
          .isCloseTo(LogSnr.alpha(next) * x + LogSnr.sigma(next) * eps, within(1e-14));
      assertThat(step.noiseScale()).isZero();
    }
  }

  @Test
  void ddim_etaOne_isAncestralWithThePosteriorsVariance() {
    List<Step> ddim = new DdimSampler(1).steps(GRID);
    List<Step> ancestral = new AncestralSampler(0).steps(GRID);
    for (int i = 0; i < 32; i++) {
      assertThat(ddim.get(i).zCoefficient())
          .isCloseTo(ancestral.get(i).zCoefficient(), within(1e-12));
      assertThat(ddim.get(i).xCoefficient())
          .isCloseTo(ancestral.get(i).xCoefficient(), within(1e-12));
      assertThat(ddim.get(i).noiseScale()).isCloseTo(ancestral.get(i).noiseScale(), within(1e-12));
    }
  }

  @Test
  void ddim_anyEta_keepsTheVarianceOfNoise() {
    for (Step step : new DdimSampler(0.4).steps(GRID).subList(0, 31)) {
      int i = GRID_LEVELS.indexOf(step.logSnr());
      double sigma = LogSnr.sigma(GRID.logSnr(i + 1));
      double ofOld = step.zCoefficient() * step.sigma();

      assertThat(square(ofOld) + square(step.noiseScale()))
          .isCloseTo(square(sigma), withinPercentage(1e-9));
    }
    assertThatThrownBy(() -> new DdimSampler(1.5)).hasMessage("eta is 1.5, must be within [0, 1]");
  }

  @Test
  void dpmSolver_equalSteps_followTheLineThroughTheLastTwoImages() {
    StepGrid grid = StepGrid.uniform(new LinearSchedule(LogSnrRange.DEFAULT), 21);
    List<Step> steps = new DpmSolverSampler().steps(grid);
    List<Step> first = new DdimSampler().steps(grid);

    assertThat(steps.get(0)).isEqualTo(first.get(0).keeping(Step.Memory.IMAGE));
    for (int i = 1; i < 20; i++) {
      // r = 1: x~ is replaced by 3/2 x~ - 1/2 of the one before.
      double x = first.get(i).xCoefficient();
      assertThat(steps.get(i).xCoefficient()).isCloseTo(1.5 * x, withinPercentage(1e-9));
      assertThat(steps.get(i).memoryCoefficient()).isCloseTo(-0.5 * x, withinPercentage(1e-9));
      assertThat(steps.get(i).zCoefficient()).isEqualTo(first.get(i).zCoefficient());
      assertThat(steps.get(i).remembers()).isEqualTo(i < 19);
    }
  }

  @Test
  void dpmSolver_stepMuchLongerThanTheOneBefore_isOfFirstOrder() {
    List<Step> steps = new DpmSolverSampler().steps(GRID);

    assertThat(steps.get(30).recalls()).as("to the clean end of the cosine schedule").isFalse();
    assertThat(steps.get(29).remembers()).isFalse();
    assertThat(steps.subList(1, 30)).allMatch(Step::recalls);
  }

  @Test
  void heun_everyStepButTheLast_asksTwice() {
    List<Step> steps = new HeunSampler().steps(GRID);

    assertThat(steps).hasSize(2 * 32 - 1);
    for (int i = 0; i < 31; i++) {
      assertThat(steps.get(2 * i).logSnr()).isEqualTo(GRID.logSnr(i));
      assertThat(steps.get(2 * i + 1).logSnr()).isEqualTo(GRID.logSnr(i + 1));
      assertThat(steps.get(2 * i).remembers() && steps.get(2 * i + 1).recalls()).isTrue();
    }
    assertThat(steps.get(62)).isEqualTo(Step.last(20));
    assertThat(new HeunSampler().steps(StepGrid.uniform(CosineSchedule.DEFAULT, 1)))
        .containsExactly(Step.last(-20));
  }

  @Test
  void heun_anyPredictions_goesAlongTheirMean() {
    List<Step> steps = new HeunSampler().steps(GRID);
    double z = 0.7;
    double x1 = -0.3;
    double x2 = 0.45;
    for (int i = 0; i < 31; i++) {
      Step first = steps.get(2 * i);
      Step second = steps.get(2 * i + 1);
      double predicted = first.zCoefficient() * z + first.xCoefficient() * x1;
      double memory = first.keeps().zCoefficient() * z + first.keeps().xCoefficient() * x1;
      double next =
          second.zCoefficient() * predicted
              + second.xCoefficient() * x2
              + second.memoryCoefficient() * memory;

      double eps1 = (z - first.alpha() * x1) / first.sigma();
      double eps2 = (predicted - second.alpha() * x2) / second.sigma();
      assertThat(predicted).isCloseTo(second.alpha() * x1 + second.sigma() * eps1, within(1e-11));
      double expected =
          z
              + (second.alpha() - first.alpha()) * (x1 + x2) / 2
              + (second.sigma() - first.sigma()) * (eps1 + eps2) / 2;
      assertThat(next).isCloseTo(expected, within(1e-9 * (1 + Math.abs(expected))));
    }
  }
}
