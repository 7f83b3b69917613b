package dev.anagama.trainer.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.anagama.diffusion.checkpoint.ImageShape;
import dev.anagama.trainer.data.LabelledImages;
import org.junit.jupiter.api.Test;

class LabelSequenceTest {
  private static LabelledImages images(int... labels) {
    byte[] bytes = new byte[labels.length];
    for (int i = 0; i < labels.length; i++) {
      bytes[i] = (byte) labels[i];
    }
    return new LabelledImages(new ImageShape(1, 1, 1), new byte[labels.length], bytes);
  }

  @Test
  void of_classesEquallyFrequent_takeTurns() {
    assertThat(LabelSequence.of(images(2, 1, 0, 0, 1, 2), 3, 7))
        .containsExactly(0, 1, 2, 0, 1, 2, 0);
  }

  @Test
  void of_aClassThreeTimesAsFrequent_hasItsShareAllAlong() {
    assertThat(LabelSequence.of(images(0, 1, 1, 1), 3, 8)).containsExactly(1, 0, 1, 1, 1, 0, 1, 1);
  }
}
