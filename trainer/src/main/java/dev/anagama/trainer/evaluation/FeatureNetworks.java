package dev.anagama.trainer.evaluation;

import ai.djl.Device;
import dev.anagama.diffusion.checkpoint.ImageShape;
import dev.anagama.trainer.data.DataException;
import dev.anagama.trainer.data.ImageSet;
import dev.anagama.trainer.metric.FeatureRows;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * The two networks that measure, in a folder of their own: all evaluations that are to be compared
 * name the same folder.
 */
final class FeatureNetworks implements AutoCloseable {
  private static final String FIRST = "first.safetensors";
  private static final String SECOND = "second.safetensors";

  private final Path folder;
  private final FeatureNetwork first;
  private final FeatureNetwork second;

  private FeatureNetworks(Path folder, FeatureNetwork first, FeatureNetwork second) {
    this.folder = folder;
    this.first = first;
    this.second = second;
  }

  /**
   * What both networks make of images.
   *
   * @param first the first network's answers
   * @param second the second's
   */
  record Seen(FeatureNetwork.Answers first, FeatureNetwork.Answers second) {
    /** Of some of the images. */
    Seen select(int[] chosen) {
      return new Seen(select(first, chosen), select(second, chosen));
    }

    private static FeatureNetwork.Answers select(FeatureNetwork.Answers answers, int[] chosen) {
      return new FeatureNetwork.Answers(
          answers.features().select(chosen), answers.probabilities().select(chosen));
    }
  }

  /**
   * Opens the networks of a folder, or trains those that are not there.
   *
   * @param images that a network is trained on, repeats counted
   * @throws DataException if a network is there that looks at other images
   */
  static FeatureNetworks openOrTrain(
      Path folder,
      ImageSet train,
      int classes,
      long images,
      Device device,
      EvaluationProgress progress)
      throws IOException {
    Files.createDirectories(folder);
    FeatureNetwork first =
        openOrTrain(
            folder.resolve(FIRST),
            new FeatureDescription(FeatureDesign.STACKED, train.shape(), classes, images, 1),
            train,
            device,
            progress);
    try {
      FeatureNetwork second =
          openOrTrain(
              folder.resolve(SECOND),
              new FeatureDescription(FeatureDesign.STRIDED, train.shape(), classes, images, 2),
              train,
              device,
              progress);
      return new FeatureNetworks(folder, first, second);
    } catch (RuntimeException | IOException e) {
      first.close();
      throw e;
    }
  }

  private static FeatureNetwork openOrTrain(
      Path file,
      FeatureDescription wanted,
      ImageSet train,
      Device device,
      EvaluationProgress progress)
      throws IOException {
    if (!Files.exists(file)) {
      String part = wanted.seed() == 1 ? "first classifier" : "second classifier";
      try (FeatureNetwork network =
          FeatureNetwork.train(
              wanted,
              train,
              device,
              share ->
                  progress.advanced(part, Math.round(share * wanted.images()), wanted.images()))) {
        network.write(file);
      }
    }
    // Also right after training, so that the first evaluation computes as all later ones.
    FeatureNetwork network = FeatureNetwork.open(file, device);
    FeatureDescription found = network.description();
    if (!found.shape().equals(wanted.shape()) || found.classes() != wanted.classes()) {
      network.close();
      throw new DataException(
          "%s looks at %s in %d classes; needed: %s in %d"
              .formatted(file, found.shape(), found.classes(), wanted.shape(), wanted.classes()));
    }
    return network;
  }

  /** How the first network is described in an evaluation. */
  Evaluation.Features describeFirst(double labelAccuracy) {
    return describe(first, FIRST, labelAccuracy);
  }

  /** How the second network is described in an evaluation. */
  Evaluation.Features describeSecond(double labelAccuracy) {
    return describe(second, SECOND, labelAccuracy);
  }

  private Evaluation.Features describe(FeatureNetwork network, String name, double labelAccuracy) {
    FeatureDescription description = network.description();
    return new Evaluation.Features(
        FeatureNetwork.sha256(folder.resolve(name)),
        description.design().name().toLowerCase(Locale.ROOT),
        description.design().width(),
        description.images(),
        labelAccuracy);
  }

  @Override
  public void close() {
    first.close();
    second.close();
  }

  /** Looks at images batch by batch and keeps what it needs of them. */
  final class Look {
    private final Collected ofFirst;
    private final Collected ofSecond;

    /** At so many images. */
    Look(int count) {
      this.ofFirst = new Collected(first, count);
      this.ofSecond = new Collected(second, count);
    }

    /** At the next images, values in [-1, 1]. */
    void at(float[] pixels) {
      ofFirst.add(pixels);
      ofSecond.add(pixels);
    }

    /** What was seen. */
    Seen seen() {
      return new Seen(ofFirst.answers(), ofSecond.answers());
    }
  }

  /** Looks at real images. */
  Seen lookAt(ImageSet images, String part, EvaluationProgress progress) {
    ImageShape shape = images.shape();
    Look look = new Look(images.size());
    for (int start = 0; start < images.size(); start += FeatureNetwork.BATCH_SIZE) {
      int end = Math.min(images.size(), start + FeatureNetwork.BATCH_SIZE);
      float[] pixels = new float[(end - start) * shape.count()];
      for (int i = start; i < end; i++) {
        images.decode(i, pixels, (i - start) * shape.count());
      }
      look.at(pixels);
      progress.advanced(part, end, images.size());
    }
    return look.seen();
  }

  /** Rows of one network, in the order in which images came. */
  private static final class Collected {
    private final FeatureNetwork network;
    private final float[] features;
    private final float[] probabilities;
    private int featuresEnd;
    private int probabilitiesEnd;

    Collected(FeatureNetwork network, int count) {
      FeatureDescription description = network.description();
      this.network = network;
      this.features = new float[Math.multiplyExact(count, description.design().width())];
      this.probabilities = new float[Math.multiplyExact(count, description.classes())];
    }

    void add(float[] pixels) {
      FeatureNetwork.Answers answers = network.answer(pixels);
      float[] more = answers.features().values();
      System.arraycopy(more, 0, features, featuresEnd, more.length);
      featuresEnd += more.length;
      float[] likely = answers.probabilities().values();
      System.arraycopy(likely, 0, probabilities, probabilitiesEnd, likely.length);
      probabilitiesEnd += likely.length;
    }

    FeatureNetwork.Answers answers() {
      FeatureDescription description = network.description();
      return new FeatureNetwork.Answers(
          new FeatureRows(features, description.design().width()),
          new FeatureRows(probabilities, description.classes()));
    }
  }
}
