package dev.anagama.trainer.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.anagama.diffusion.network.Precision;
import dev.anagama.trainer.recipe.Recipes;
import org.junit.jupiter.api.Test;

/** What a state says of its run. States of earlier releases are to be gone on with. */
class TrainingStateTest {
  private static String identity(String recipe) {
    return TrainingState.identity(Recipes.named(recipe).options(Precision.BFLOAT16));
  }

  @Test
  void identity_theRecipesOfTheFirstRelease_areAsItWroteThem() {
    assertThat(identity("fashion-mnist"))
        .isEqualTo(
            "seed=1 batch-size=64 learning-rate=0.002 weight-decay=0.01 warm-up-images=32000"
                + " p-uncond=0.1 ema-half-life-images=100000.0 precision=bfloat16"
                + " log-snr=LogSnrRange[min=-20.0, max=20.0]"
                + " network=NetworkSize[channelsPerLevel=[32, 64, 128], blocksPerLevel=[1, 1],"
                + " middleBlocks=2, attentionHeads=0, embeddingChannels=128] classes=10");
    assertThat(identity("fashion-mnist-small"))
        .isEqualTo(
            "seed=1 batch-size=64 learning-rate=0.002 weight-decay=0.01 warm-up-images=32000"
                + " p-uncond=0.1 ema-half-life-images=100000.0 precision=bfloat16"
                + " log-snr=LogSnrRange[min=-20.0, max=20.0]"
                + " network=NetworkSize[channelsPerLevel=[16, 32, 64], blocksPerLevel=[1, 1],"
                + " middleBlocks=1, attentionHeads=0, embeddingChannels=64] classes=10");
  }

  @Test
  void identity_whatCameLater_isToldWhereItIsNotAsBefore() {
    assertThat(identity("imagenet-64"))
        .contains(
            "network=NetworkSize[channelsPerLevel=[192, 384, 576, 768], ",
            "] norm-groups=32 architecture=UNetArchitecture[skips=BLOCK, resampling=RESIDUAL,"
                + " attentionLevels=[1, 2, 3], headChannels=64, dropout=0.1] classes=",
            " beta2=0.999 max-gradient-norm=0.0");
  }
}
