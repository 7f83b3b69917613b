package dev.anagama.trainer.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import dev.anagama.diffusion.checkpoint.ImageShape;
import dev.anagama.trainer.data.DataException;
import dev.anagama.trainer.data.IdxSamples;
import dev.anagama.trainer.data.LabelledImages;
import dev.anagama.trainer.metric.ClassScores;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FeatureNetworkTest {
  private static final LabelledImages IMAGES = IdxSamples.halves(300, 1);

  @TempDir private Path folder;

  private static FeatureNetwork train(FeatureDesign design, long images, List<Double> shares) {
    FeatureDescription description =
        new FeatureDescription(design, new ImageShape(1, 8, 8), 2, images, 5);
    return FeatureNetwork.train(description, IMAGES, Device.cpu(), shares::add);
  }

  private static float[] pixels(LabelledImages images) {
    float[] pixels = new float[images.size() * images.shape().count()];
    for (int i = 0; i < images.size(); i++) {
      images.decode(i, pixels, i * images.shape().count());
    }
    return pixels;
  }

  /** Where networks that differ would differ. */
  private static float[] noise() {
    SplittableRandom random = new SplittableRandom(1);
    float[] pixels = new float[16 * 64];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (float) (2 * random.nextDouble() - 1);
    }
    return pixels;
  }

  private static double accuracy(FeatureNetwork network) {
    LabelledImages test = IdxSamples.halves(131, 2);
    int[] labels = IntStream.range(0, test.size()).map(test::label).toArray();
    return ClassScores.of(network.answer(pixels(test)).probabilities(), labels).labelAccuracy();
  }

  @ParameterizedTest
  @EnumSource(FeatureDesign.class)
  void train_picturesThatAreEasyToTell_tellsThem(FeatureDesign design) {
    List<Double> shares = new ArrayList<>();
    try (FeatureNetwork network = train(design, 2_560, shares)) {
      assertThat(shares).hasSize(20).startsWith(0.05).endsWith(1.0);
      assertThat(accuracy(network)).isGreaterThan(0.95);

      FeatureNetwork.Answers answers = network.answer(noise());
      assertThat(answers.features().rows()).isEqualTo(16);
      assertThat(answers.features().width()).isEqualTo(design.width());
      for (int row = 0; row < 16; row++) {
        assertThat(answers.probabilities().at(row, 0) + answers.probabilities().at(row, 1))
            .isBetween(0.9999f, 1.0001f);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(FeatureDesign.class)
  void open_whatWasWritten_answersTheSame(FeatureDesign design) throws IOException {
    Path file = folder.resolve("network.safetensors");
    float[] expected;
    try (FeatureNetwork network = train(design, 512, new ArrayList<>())) {
      network.write(file);
      expected = network.answer(noise()).features().values();
    }

    try (FeatureNetwork network = FeatureNetwork.open(file, Device.cpu())) {
      assertThat(network.answer(noise()).features().values()).isEqualTo(expected);
      assertThat(network.description())
          .isEqualTo(new FeatureDescription(design, new ImageShape(1, 8, 8), 2, 512, 5));
    }
    assertThat(FeatureNetwork.sha256(file)).matches("[0-9a-f]{64}");
    assertThat(folder.toFile().list()).containsExactly("network.safetensors");
  }

  @Test
  void train_sameSeed_isTheSameNetwork() {
    List<float[]> answers = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      try (FeatureNetwork network = train(FeatureDesign.STACKED, 256, new ArrayList<>())) {
        answers.add(network.answer(noise()).features().values());
      }
    }
    assertThat(answers.get(0)).isEqualTo(answers.get(1));
  }

  @Test
  void answer_manyTimes_leavesNoArraysBehind() {
    List<Integer> counts = new ArrayList<>();
    try (FeatureNetwork network = train(FeatureDesign.STACKED, 256, new ArrayList<>())) {
      for (int i = 0; i < 20; i++) {
        network.answer(noise());
        counts.add(network.manager().getManagedArrays().size());
      }
    }
    assertThat(counts).containsOnly(counts.get(0));
  }

  @Test
  void train_tooFewImages_isRefused() {
    FeatureDescription description =
        new FeatureDescription(FeatureDesign.STACKED, new ImageShape(1, 8, 8), 2, 256, 5);
    assertThatThrownBy(
            () ->
                FeatureNetwork.train(
                    description, IdxSamples.halves(127, 1), Device.cpu(), share -> {}))
        .isInstanceOf(DataException.class)
        .hasMessage("there are 127 images to train a classifier on; allowed: at least 128");
  }

  @Test
  void open_anotherFile_isRefused() throws IOException {
    Path file = folder.resolve("weights.safetensors");
    Files.write(file, new byte[] {2, 0, 0, 0, 0, 0, 0, 0, '{', '}'});
    assertThatThrownBy(() -> FeatureNetwork.open(file, Device.cpu()))
        .isInstanceOf(DataException.class)
        .hasMessage(file + " does not describe a feature network: design is missing");
    assertThatThrownBy(() -> FeatureNetwork.open(folder.resolve("none"), Device.cpu()))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("cannot read " + folder.resolve("none"));
  }
}
