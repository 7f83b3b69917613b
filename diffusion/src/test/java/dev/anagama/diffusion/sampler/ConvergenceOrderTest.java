package dev.anagama.diffusion.sampler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.anagama.diffusion.schedule.CosineSchedule;
import dev.anagama.diffusion.schedule.LinearSchedule;
import dev.anagama.diffusion.schedule.LogSnr;
import dev.anagama.diffusion.schedule.LogSnrRange;
import dev.anagama.diffusion.schedule.NoiseSchedule;
import dev.anagama.diffusion.schedule.RhoSchedule;
import dev.anagama.diffusion.schedule.StepGrid;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * How fast deterministic samplers approach the exact solution when the grid becomes finer, in
 * double, on a mixture of two Gaussians in one dimension, whose denoiser is exact and not linear.
 * The error is the root mean square over starting points; its slope over the number of levels, on
 * logarithmic scales, is the order.
 */
class ConvergenceOrderTest {
  private static final double[] MEANS = {-0.6, 0.5};
  private static final double[] SHARES = {0.3, 0.7};
  private static final double STD = 0.25;
  private static final int STARTS = 81;

  private static final NoiseSchedule COSINE = CosineSchedule.DEFAULT;
  private static final NoiseSchedule LINEAR = new LinearSchedule(LogSnrRange.DEFAULT);
  private static final NoiseSchedule RHO =
      new RhoSchedule(LogSnrRange.DEFAULT, RhoSchedule.DEFAULT_RHO);

  static Stream<Arguments> orders() {
    return Stream.of(
        Arguments.of(new DdimSampler(), COSINE, 1),
        Arguments.of(new DdimSampler(), LINEAR, 1),
        Arguments.of(new DdimSampler(), RHO, 1),
        Arguments.of(new DpmSolverSampler(), LINEAR, 2),
        Arguments.of(new DpmSolverSampler(), RHO, 2),
        Arguments.of(new HeunSampler(), COSINE, 2),
        Arguments.of(new HeunSampler(), LINEAR, 2),
        Arguments.of(new HeunSampler(), RHO, 2));
  }

  @ParameterizedTest(name = "{0} on {1}")
  @MethodSource("orders")
  void error_finerGrids_fallsWithTheOrder(Sampler sampler, NoiseSchedule schedule, int order) {
    double coarse = error(sampler, schedule, 128);
    double fine = error(sampler, schedule, 512);

    double slope = Math.log(coarse / fine) / Math.log(4);
    assertThat(slope).isBetween(order - 0.15, order + 0.3);
  }

  /** At the few levels that jobs ask for, the second order pays per evaluation too. */
  @ParameterizedTest(name = "{0} on {1}")
  @MethodSource("secondOrderSamplers")
  void error_sameNumberOfEvaluations_isBelowFirstOrder(Sampler sampler, NoiseSchedule schedule) {
    int levels = sampler instanceof HeunSampler ? 16 : 31;

    assertThat(sampler.steps(StepGrid.uniform(schedule, levels))).hasSize(31);
    assertThat(error(sampler, schedule, levels))
        .isLessThan(0.6 * error(new DdimSampler(), schedule, 31));
  }

  static Stream<Arguments> secondOrderSamplers() {
    LogSnrRange model = LogSnrRange.DEFAULT;
    return Stream.of(new DpmSolverSampler(), new HeunSampler())
        .flatMap(
            sampler ->
                Stream.of(COSINE, LinearSchedule.over(model), RhoSchedule.over(model))
                    .map(schedule -> Arguments.of(sampler, schedule)));
  }

  private static double error(Sampler sampler, NoiseSchedule schedule, int levels) {
    double sum = 0;
    double total = 0;
    for (int i = 0; i < STARTS; i++) {
      double start = -2.5 + 5.0 * i / (STARTS - 1);
      double share = Math.exp(-start * start / 2);
      double miss =
          end(sampler, schedule, levels, start)
              - end(new HeunSampler(), COSINE, StepGrid.MAX_STEPS, start);
      sum += share * miss * miss;
      total += share;
    }
    return Math.sqrt(sum / total);
  }

  private static double end(Sampler sampler, NoiseSchedule schedule, int levels, double start) {
    double z = start;
    double memory = 0;
    for (Step step : sampler.steps(StepGrid.uniform(schedule, levels))) {
      double x = denoised(z, step.logSnr());
      double kept = step.keeps().zCoefficient() * z + step.keeps().xCoefficient() * x;
      z = step.zCoefficient() * z + step.xCoefficient() * x + step.memoryCoefficient() * memory;
      memory = kept;
    }
    return z;
  }

  /** E[x|z], exactly. */
  private static double denoised(double z, double logSnr) {
    double alpha = LogSnr.alpha(logSnr);
    double variance = alpha * alpha * STD * STD + LogSnr.sigmaSquared(logSnr);
    double expected = 0;
    double total = 0;
    for (int k = 0; k < MEANS.length; k++) {
      double gap = z - alpha * MEANS[k];
      double density = SHARES[k] * Math.exp(-gap * gap / (2 * variance));
      expected += density * (MEANS[k] + alpha * STD * STD / variance * gap);
      total += density;
    }
    return expected / total;
  }
}
