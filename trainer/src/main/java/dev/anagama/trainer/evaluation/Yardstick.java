package dev.anagama.trainer.evaluation;

import dev.anagama.trainer.data.ImageSet;
import dev.anagama.trainer.evaluation.FeatureNetworks.Seen;
import dev.anagama.trainer.metric.ClassScores;
import dev.anagama.trainer.metric.FeatureRows;
import dev.anagama.trainer.metric.FrechetDistance;
import dev.anagama.trainer.metric.Gaussian;
import dev.anagama.trainer.metric.InceptionScore;
import dev.anagama.trainer.metric.InfiniteSamples;
import dev.anagama.trainer.metric.ManifoldScores;
import dev.anagama.trainer.metric.Neighbourhoods;
import dev.anagama.trainer.metric.WithinClass;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.apache.commons.rng.UniformRandomProvider;
import org.apache.commons.rng.sampling.PermutationSampler;
import org.apache.commons.rng.simple.RandomSource;

/**
 * The real training images, as a measure. Distances are from all of them; neighbourhoods are of a
 * random part, as many as are measured and at most {@value #MAX_NEIGHBOURS}.
 */
final class Yardstick {
  /** As OpenAI's evaluation does: neighbourhoods cost the square of their number. */
  static final int MAX_NEIGHBOURS = 10_000;

  private static final int K = Neighbourhoods.DEFAULT_K;
  private static final int SUBSET_SEED = 1;

  /** Sample sizes for the extrapolation: this part of all, and so on up to all. */
  private static final int EIGHTHS = 8;

  private static final int FIRST_EIGHTH = 2;

  private final int classes;
  private final FrechetDistance distance;
  private final FrechetDistance secondDistance;
  private final FeatureRows neighbours;
  private final int[] neighbourLabels;
  private final Neighbourhoods balls;

  /**
   * Measures against real images.
   *
   * @param seen what the networks made of the training images
   * @param samples images that will be measured at a time
   */
  Yardstick(Seen seen, ImageSet train, int classes, int samples) {
    this.classes = classes;
    this.distance = new FrechetDistance(Gaussian.fit(seen.first().features()));
    this.secondDistance = new FrechetDistance(Gaussian.fit(seen.second().features()));
    int[] chosen = chosen(train.size(), Math.min(samples, MAX_NEIGHBOURS));
    this.neighbours = seen.first().features().select(chosen);
    this.neighbourLabels = Arrays.stream(chosen).map(train::label).toArray();
    this.balls = new Neighbourhoods(neighbours, K);
  }

  /** A random part without repeats, the same each time; all of them if there are no more. */
  static int[] chosen(int size, int most) {
    int[] order = shuffled(size);
    return Arrays.copyOf(order, Math.min(size, most));
  }

  /**
   * All figures of some images.
   *
   * @param labels classes that they were made for, or have
   */
  Figures measure(Seen seen, int[] labels) {
    FeatureRows features = seen.first().features();
    FeatureRows probabilities = seen.first().probabilities();
    int[] near = IntStream.range(0, Math.min(features.rows(), MAX_NEIGHBOURS)).toArray();
    FeatureRows compared = features.select(near);
    ManifoldScores manifold = ManifoldScores.of(neighbours, balls, compared, K);
    WithinClass within =
        WithinClass.of(
            neighbours, neighbourLabels, compared, Arrays.copyOf(labels, near.length), classes, K);
    ClassScores scores = ClassScores.of(probabilities, labels);
    return new Figures(
        distance.to(Gaussian.fit(features)),
        atInfinity(features, rows -> distance.to(Gaussian.fit(rows))),
        InceptionScore.of(probabilities),
        atInfinity(probabilities, InceptionScore::of),
        manifold.precision(),
        manifold.recall(),
        manifold.density(),
        manifold.coverage(),
        within.coverage(),
        within.spread(),
        scores.labelAccuracy(),
        scores.labelLogProbability(),
        secondDistance.to(Gaussian.fit(seen.second().features())),
        InceptionScore.of(seen.second().probabilities()),
        ClassScores.of(seen.second().probabilities(), labels).labelAccuracy(),
        features.rows());
  }

  /** The figure of a quarter of the rows, of three eighths and so on, each a part at random. */
  private static double atInfinity(FeatureRows rows, ToDoubleFunction<FeatureRows> figure) {
    int[] order = shuffled(rows.rows());
    List<InfiniteSamples.Measured> measured = new ArrayList<>();
    for (int eighths = FIRST_EIGHTH; eighths <= EIGHTHS; eighths++) {
      int count = Math.toIntExact((long) order.length * eighths / EIGHTHS);
      // Another place to begin at for each, so that small parts are not all in the larger ones.
      int start = Math.toIntExact((long) order.length * eighths * eighths / EIGHTHS % order.length);
      int[] part = new int[count];
      for (int i = 0; i < count; i++) {
        part[i] = order[(start + i) % order.length];
      }
      measured.add(new InfiniteSamples.Measured(count, figure.applyAsDouble(rows.select(part))));
    }
    return InfiniteSamples.extrapolate(measured);
  }

  private static int[] shuffled(int size) {
    UniformRandomProvider random = RandomSource.XO_SHI_RO_256_PP.create(SUBSET_SEED);
    int[] order = PermutationSampler.natural(size);
    PermutationSampler.shuffle(random, order);
    return order;
  }
}
