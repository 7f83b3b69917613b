package dev.anagama.trainer.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.anagama.diffusion.checkpoint.ImageShape;
import dev.anagama.diffusion.network.Precision;
import dev.anagama.diffusion.network.UNet;
import org.junit.jupiter.api.Test;

class TrainingOptionsTest {
  private static TrainingOptions with(
      double weightDecay, long warmUp, double unconditional, double halfLife, long saveEvery) {
    TrainingOptions valid = TrainingOptions.fashionMnist();
    return new TrainingOptions(
        valid.model(),
        valid.dataset(),
        valid.classNames(),
        valid.images(),
        valid.batchSize(),
        valid.learningRate(),
        weightDecay,
        warmUp,
        unconditional,
        halfLife,
        saveEvery,
        valid.network(),
        valid.logSnrRange(),
        valid.precision(),
        valid.prediction(),
        valid.defaults(),
        valid.seed());
  }

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
    assertRefused(() -> with(-0.1, 0, 0, 1, 1), "weight-decay is -0.1; allowed: 0 to 1");
    assertRefused(() -> with(0, -1, 0, 1, 1), "warm-up-images is -1; allowed: at least 0");
    for (double share : new double[] {-0.1, 1, Double.NaN}) {
      assertRefused(
          () -> with(0, 0, share, 1, 1),
          "p-uncond is " + share + "; allowed: 0 up to, not including, 1");
    }
    assertRefused(() -> with(0, 0, 0, 0, 1), "ema-half-life-images is 0.0; allowed: above 0");
    assertRefused(() -> with(0, 0, 0, 1, 0), "save-every-images is 0; allowed: at least 1");
  }

  @Test
  void fashionMnist_itsNetwork_isThatOfTheShippedCheckpoint() {
    TrainingOptions options = TrainingOptions.fashionMnist();

    assertThat(
            UNet.initialWeights(TrainingLoop.config(options, new ImageShape(1, 28, 28)), 1)
                .parameterCount())
        .isEqualTo(1_160_545);
    assertThat(options.classNames()).hasSize(10).doesNotHaveDuplicates();
  }

  @Test
  void withImages_another_changesNothingElse() {
    TrainingOptions options = TrainingOptions.fashionMnist();

    assertThat(options.withImages(64).images()).isEqualTo(64);
    assertThat(options.withImages(64).withImages(options.images())).isEqualTo(options);
  }
}
