package dev.anagama.trainer.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import dev.anagama.trainer.data.DataException;
import dev.anagama.trainer.data.IdxSamples;
import dev.anagama.trainer.data.LabelledImages;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class LabelClassifierTest {
  @Test
  void train_picturesThatAreEasyToTell_tellsThem() {
    List<Double> shares = new ArrayList<>();
    try (LabelClassifier judge =
        LabelClassifier.train(IdxSamples.halves(300, 1), 2, 2, 5, Device.cpu(), shares::add)) {
      // Two batches of 128 in each epoch.
      assertThat(shares).containsExactly(0.25, 0.5, 0.75, 1.0);
      assertThat(judge.accuracy(IdxSamples.halves(131, 2))).isGreaterThan(0.95);

      LabelledImages inverted = IdxSamples.halves(50, 3);
      for (int i = 0; i < 50; i++) {
        inverted.labels()[i] ^= 1;
      }
      assertThat(judge.accuracy(inverted)).isLessThan(0.05);
    }
  }

  @Test
  void train_sameSeed_isTheSameJudge() {
    LabelledImages images = IdxSamples.halves(128, 1);
    // Noise, where judges that differ would differ.
    float[] pixels = new float[64 * 64];
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (float) (2 * random.nextDouble() - 1);
    }
    List<long[]> answers = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      try (LabelClassifier judge =
          LabelClassifier.train(images, 2, 1, 5, Device.cpu(), share -> {})) {
        answers.add(judge.labels(pixels, images.shape()));
      }
    }
    assertThat(answers.get(0)).hasSize(64).isEqualTo(answers.get(1));
  }

  @Test
  void labels_manyTimes_leaveNoArraysBehind() {
    LabelledImages images = IdxSamples.halves(256, 1);
    List<Integer> counts = new ArrayList<>();
    try (LabelClassifier judge =
        LabelClassifier.train(images, 2, 1, 5, Device.cpu(), share -> {})) {
      for (int i = 0; i < 20; i++) {
        judge.accuracy(images);
        counts.add(judge.manager().getManagedArrays().size());
      }
    }
    assertThat(counts).containsOnly(counts.get(0));
  }

  @Test
  void train_tooFewImages_isRefused() {
    assertThatThrownBy(
            () ->
                LabelClassifier.train(
                    IdxSamples.halves(127, 1), 2, 1, 5, Device.cpu(), share -> {}))
        .isInstanceOf(DataException.class)
        .hasMessage("there are 127 images to train a classifier on; allowed: at least 128");
  }
}
