package dev.anagama.diffusion.sampler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.anagama.diffusion.schedule.CosineSchedule;
import dev.anagama.diffusion.schedule.LogSnr;
import dev.anagama.diffusion.schedule.StepGrid;
import dev.anagama.diffusion.schedule.Transition;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SamplerTest {
  private static final StepGrid GRID = StepGrid.uniform(CosineSchedule.DEFAULT, 32);

  static Stream<Sampler> samplers() {
    return Stream.of(new AncestralSampler(), new AncestralSampler(1), new DdimSampler());
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
}
