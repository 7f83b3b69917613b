package dev.anagama.trainer.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import dev.anagama.diffusion.image.PixelCodec;
import dev.anagama.trainer.data.IdxFiles;
import dev.anagama.trainer.metric.FeatureRows;
import dev.anagama.trainer.metric.FrechetDistance;
import dev.anagama.trainer.metric.Gaussian;
import dev.anagama.trainer.metric.InceptionScore;
import dev.anagama.trainer.metric.SpoiltImages;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The networks in the repository, that measure the shipped checkpoint. */
class ShippedFeaturesTest {
  private static final Path FOLDER = Path.of("..", "models", "features", "fashion-mnist");
  private static final int BATCH = 500;

  private static FeatureNetwork.Answers answers(FeatureNetwork network, float[] pixels) {
    int size = SpoiltImages.SIDE * SpoiltImages.SIDE;
    FeatureDescription description = network.description();
    int width = description.design().width();
    float[] features = new float[SpoiltImages.COUNT * width];
    float[] probabilities = new float[SpoiltImages.COUNT * description.classes()];
    // As images are measured: after rounding to 8 bits.
    float[] seen = PixelCodec.decode(PixelCodec.encode(pixels));
    for (int start = 0; start < SpoiltImages.COUNT; start += BATCH) {
      FeatureNetwork.Answers part =
          network.answer(Arrays.copyOfRange(seen, start * size, (start + BATCH) * size));
      System.arraycopy(part.features().values(), 0, features, start * width, BATCH * width);
      System.arraycopy(
          part.probabilities().values(),
          0,
          probabilities,
          start * description.classes(),
          BATCH * description.classes());
    }
    return new FeatureNetwork.Answers(
        new FeatureRows(features, width), new FeatureRows(probabilities, description.classes()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"first", "second"})
  void figures_realImagesMoreAndMoreSpoilt_getWorse(String name) {
    float[] images = SpoiltImages.read(IdxFiles.Split.TEST);
    float[] train = SpoiltImages.read(IdxFiles.Split.TRAIN);
    try (FeatureNetwork network =
        FeatureNetwork.open(FOLDER.resolve(name + ".safetensors"), Device.cpu())) {
      FrechetDistance distance =
          new FrechetDistance(Gaussian.fit(answers(network, train).features()));
      List<Double> noisy =
          Stream.of(0.0, 0.1, 0.2, 0.4, 0.8)
              .map(deviation -> SpoiltImages.noisy(images, deviation))
              .map(spoilt -> distance.to(Gaussian.fit(answers(network, spoilt).features())))
              .toList();
      List<Double> blurred =
          Stream.of(0, 1, 2, 4, 8)
              .map(times -> SpoiltImages.blurred(images, times))
              .map(spoilt -> distance.to(Gaussian.fit(answers(network, spoilt).features())))
              .toList();

      assertThat(noisy).isSorted();
      assertThat(blurred).isSorted();
      assertThat(InceptionScore.of(answers(network, images).probabilities()))
          .isGreaterThan(
              InceptionScore.of(answers(network, SpoiltImages.noisy(images, 0.8)).probabilities()));
    }
  }
}
