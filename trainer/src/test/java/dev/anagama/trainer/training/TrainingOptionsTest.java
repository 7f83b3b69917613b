package dev.anagama.trainer.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.anagama.diffusion.network.Precision;
import dev.anagama.diffusion.schedule.LogSnrRange;
import dev.anagama.diffusion.schedule.PredictionTarget;
import dev.anagama.trainer.training.TrainingOptions.Objective;
import dev.anagama.trainer.training.TrainingOptions.Optimisation;
import dev.anagama.trainer.training.TrainingOptions.Run;
import org.junit.jupiter.api.Test;

class TrainingOptionsTest {
  private static void assertRefused(Runnable construction, String message) {
    assertThatThrownBy(construction::run)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  @Test
  void construct_outOfBounds_isRefusedByTheOptionsName() {
    assertRefused(
        () -> TinyTraining.options(15), "images is 15; allowed: at least the batch size, 16");
    assertRefused(
        () -> TinyTraining.options(1, 0, 1, Precision.FLOAT32),
        "batch-size is 0; allowed: 1 to 4096");
    assertRefused(
        () -> TinyTraining.options(5000, 4097, 1, Precision.FLOAT32),
        "batch-size is 4097; allowed: 1 to 4096");
    assertRefused(
        () -> TinyTraining.options(16, 16, 1e-3, Precision.FLOAT16),
        "precision is float16; allowed: float32 or bfloat16");
    for (double rate : new double[] {0, -1, 1.5, Double.NaN}) {
      assertRefused(
          () -> TinyTraining.options(16, 16, rate, Precision.FLOAT32),
          "learning-rate is " + rate + "; allowed: above 0, to 1");
    }
    assertRefused(() -> moves(-1, 0, 0, 1, 1), "warm-up-images is -1; allowed: at least 0");
    assertRefused(() -> moves(0, -0.1, 0, 1, 1), "weight-decay is -0.1; allowed: 0 to 1");
    assertRefused(() -> moves(0, 0, 1, 1, 1), "beta2 is 1.0; allowed: 0 up to, not including, 1");
    for (double norm : new double[] {-1, Double.POSITIVE_INFINITY}) {
      assertRefused(
          () -> moves(0, 0, 0, norm, 1),
          "max-gradient-norm is " + norm + "; allowed: above 0, or 0 for no limit");
    }
    assertRefused(() -> moves(0, 0, 0, 1, 0), "ema-half-life-images is 0.0; allowed: above 0");
    for (double share : new double[] {-0.1, 1, Double.NaN}) {
      assertRefused(
          () -> new Objective(share, LogSnrRange.DEFAULT, PredictionTarget.NOISE),
          "p-uncond is " + share + "; allowed: 0 up to, not including, 1");
    }
    assertRefused(() -> new Run(1, 0, 1), "save-every-images is 0; allowed: at least 1");
  }

  private static Optimisation moves(
      long warmUp, double weightDecay, double beta2, double maxNorm, double halfLife) {
    return new Optimisation(1, 1e-3, warmUp, weightDecay, beta2, maxNorm, halfLife);
  }

  @Test
  void with_aPart_changesNothingElse() {
    TrainingOptions options = TinyTraining.options(64);
    TrainingOptions other = TinyTraining.everything(32);

    TrainingOptions changed =
        options
            .with(other.subject())
            .with(other.network())
            .with(other.objective())
            .with(other.optimisation())
            .with(other.run());
    assertThat(changed).isEqualTo(other);
    assertThat(options.optimisation().withBatchSize(8).withLearningRate(0.1).withoutWarmUp())
        .isEqualTo(new Optimisation(8, 0.1, 0, 0.01, 500));
  }
}
