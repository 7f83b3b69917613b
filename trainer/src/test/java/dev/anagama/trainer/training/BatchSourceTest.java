package dev.anagama.trainer.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.anagama.diffusion.checkpoint.ImageShape;
import dev.anagama.diffusion.checkpoint.SamplingDefaults;
import dev.anagama.diffusion.network.Precision;
import dev.anagama.diffusion.schedule.LogSnrRange;
import dev.anagama.diffusion.schedule.PredictionTarget;
import dev.anagama.trainer.data.LabelledImages;
import dev.anagama.trainer.training.TrainingOptions.Objective;
import dev.anagama.trainer.training.TrainingOptions.Optimisation;
import dev.anagama.trainer.training.TrainingOptions.Run;
import dev.anagama.trainer.training.TrainingOptions.Subject;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BatchSourceTest {
  private static final int CLASSES = 4;

  /** One-pixel images: 250 of them, whose value and label tell which they are. */
  private static final LabelledImages DATA = data(250);

  private static LabelledImages data(int count) {
    byte[] pixels = new byte[count];
    byte[] labels = new byte[count];
    for (int i = 0; i < count; i++) {
      pixels[i] = (byte) i;
      labels[i] = (byte) (i % CLASSES);
    }
    return new LabelledImages(new ImageShape(1, 1, 1), pixels, labels);
  }

  private static BatchSource source(int batchSize, double unconditional, long seed) {
    return source(batchSize, unconditional, seed, LogSnrRange.DEFAULT);
  }

  private static BatchSource source(
      int batchSize, double unconditional, long seed, LogSnrRange range) {
    return new BatchSource(
        DATA,
        new TrainingOptions(
            new Subject("m", "d", List.of("a", "b", "c", "d")),
            new NetworkSize(List.of(8), List.of(), 1, 0, 8),
            new Objective(unconditional, range, PredictionTarget.NOISE),
            new Optimisation(batchSize, 1e-3, 0, 0, 1),
            new Run(10_000, 1, seed),
            Precision.FLOAT32,
            new SamplingDefaults(1, 1, "ddim")));
  }

  private static int image(Batch batch, int row) {
    return Math.round((batch.x()[row] + 1) * 127.5f);
  }

  @Test
  void batch_sameSeedAndStep_isTheSameInAnyOrderOfAsking() {
    BatchSource forward = source(20, 0.2, 5);
    List<Batch> batches = IntStream.range(0, 30).mapToObj(forward::batch).toList();
    BatchSource backward = source(20, 0.2, 5);

    for (int step = 29; step >= 0; step--) {
      Batch again = backward.batch(step);
      assertThat(again.x()).isEqualTo(batches.get(step).x());
      assertThat(again.conditions()).isEqualTo(batches.get(step).conditions());
      assertThat(again.logSnrs()).isEqualTo(batches.get(step).logSnrs());
      assertThat(again.eps()).isEqualTo(batches.get(step).eps());
    }
  }

  @Test
  void batch_anotherSeedOrStep_isAnother() {
    Batch first = source(20, 0.2, 5).batch(3);

    for (Batch other :
        List.of(
            source(20, 0.2, 5).batch(4),
            source(20, 0.2, 6).batch(3),
            source(20, 0.2, 4).batch(3))) {
      assertThat(other.x()).isNotEqualTo(first.x());
      assertThat(other.logSnrs()).isNotEqualTo(first.logSnrs());
      assertThat(other.eps()).isNotEqualTo(first.eps());
    }
  }

  @Test
  void batch_knownSeed_neverChanges() {
    // A change here would change what a saved run goes on with.
    Batch batch = source(3, 0.5, 1).batch(1000);

    assertThat(IntStream.range(0, 3).map(row -> image(batch, row)))
        .as("images")
        .containsExactly(173, 157, 14);
    assertThat(batch.conditions()).containsExactly(1, 1, 4);
    assertThat(batch.logSnrs())
        .containsExactly(
            new double[] {3.08199912951979, -2.2584447338064457, 0.20375114018072585},
            within(1e-9));
    assertThat(batch.eps()).containsExactly(-0.5407402f, 1.3327518f, -0.9327393f);
  }

  @Test
  void batch_overAnEpoch_visitsEachImageOnce() {
    // 250 images in batches of 20: epochs begin within batches.
    BatchSource source = source(20, 0, 5);
    int[] visits = new int[250];
    Set<List<Integer>> orders = new HashSet<>();
    for (int epoch = 0; epoch < 4; epoch++) {
      Integer[] order = new Integer[250];
      for (int position = 0; position < 250; position++) {
        int at = epoch * 250 + position;
        int image = image(source.batch(at / 20), at % 20);
        visits[image]++;
        order[position] = image;
      }
      assertThat(visits).as("after epoch %d", epoch).containsOnly(epoch + 1);
      orders.add(Arrays.asList(order));
    }
    assertThat(orders).as("epochs in an order of their own").hasSize(4);
  }

  @Test
  void batch_conditions_areTheLabelsOrNull() {
    int rows = 50;
    BatchSource source = source(rows, 0.1, 5);
    int dropped = 0;
    int steps = 1000;
    for (int step = 0; step < steps; step++) {
      Batch batch = source.batch(step);
      for (int row = 0; row < rows; row++) {
        if (batch.conditions()[row] == CLASSES) {
          dropped++;
        } else {
          assertThat(batch.conditions()[row]).isEqualTo(image(batch, row) % CLASSES);
        }
      }
    }
    // Four standard deviations of a binomial share.
    double share = (double) dropped / (steps * rows);
    assertThat(share).isCloseTo(0.1, within(4 * Math.sqrt(0.1 * 0.9 / (steps * rows))));
  }

  @Test
  void batch_noDropout_keepsEveryClass() {
    BatchSource source = source(50, 0, 5);
    for (int step = 0; step < 20; step++) {
      assertThat(source.batch(step).conditions()).doesNotContain(CLASSES);
    }
  }

  /**
   * The share of levels below {@code logSnr} in the paper's distribution: hyperbolic secant, cut to
   * the range. Its integral is 2/pi arctan(e^(lambda/2)).
   */
  private static double below(double logSnr, LogSnrRange range) {
    double low = Math.atan(Math.exp(range.min() / 2));
    return (Math.atan(Math.exp(logSnr / 2)) - low) / (Math.atan(Math.exp(range.max() / 2)) - low);
  }

  @Test
  void batch_levels_followTheHyperbolicSecant() {
    for (LogSnrRange range : List.of(LogSnrRange.DEFAULT, new LogSnrRange(-5, 3))) {
      // One row in a batch, so that the draws are independent and Kolmogorov's bound holds.
      BatchSource source = source(1, 0, 5, range);
      int count = 20_000;
      double[] levels =
          IntStream.range(0, count)
              .mapToDouble(i -> source.batch(i).logSnrs()[0])
              .sorted()
              .toArray();
      double distance = 0;
      for (int i = 0; i < count; i++) {
        double expected = below(levels[i], range);
        distance = Math.max(distance, Math.abs(expected - (double) i / count));
        distance = Math.max(distance, Math.abs(expected - (i + 1.0) / count));
      }
      // Exceeded by one in a thousand.
      assertThat(distance).isLessThan(1.95 / Math.sqrt(count));
    }
  }

  @Test
  void batch_levelsOfOneBatch_areSpreadOneToEachStratum() {
    int rows = 32;
    BatchSource source = source(rows, 0, 5);
    double products = 0;
    for (int step = 0; step < 200; step++) {
      double[] levels = source.batch(step).logSnrs();
      Set<Integer> strata = new TreeSet<>();
      for (int row = 0; row < rows; row++) {
        int stratum = (int) (below(levels[row], LogSnrRange.DEFAULT) * rows);
        strata.add(stratum);
        products += (row - 15.5) * (stratum - 15.5);
      }
      assertThat(strata).as("step %d", step).hasSize(rows);
    }
    // In random order: a row's place says nothing of its level. Variance of each factor:
    // (n^2-1)/12.
    double variance = (rows * rows - 1) / 12.0;
    assertThat(products / (200 * rows * variance))
        .isCloseTo(0, within(4 / Math.sqrt(200.0 * rows)));
  }

  @Test
  void batch_eps_isStandardNormal() {
    BatchSource source = source(100, 0, 5);
    int count = 0;
    double[] moments = new double[4];
    for (int step = 0; step < 500; step++) {
      for (float value : source.batch(step).eps()) {
        double power = 1;
        for (int k = 0; k < 4; k++) {
          power *= value;
          moments[k] += power;
        }
        count++;
      }
    }
    // Four standard deviations: the variances of x, x^2, x^3, x^4 are 1, 2, 15, 96.
    double[] expected = {0, 1, 0, 3};
    double[] variances = {1, 2, 15, 96};
    for (int k = 0; k < 4; k++) {
      assertThat(moments[k] / count)
          .as("moment %d", k + 1)
          .isCloseTo(expected[k], within(4 * Math.sqrt(variances[k] / count)));
    }
  }
}
