package dev.anagama.trainer.training;

import dev.anagama.diffusion.schedule.CosineSchedule;
import dev.anagama.trainer.data.ImageSet;
import java.util.stream.IntStream;
import org.apache.commons.rng.UniformRandomProvider;
import org.apache.commons.rng.sampling.PermutationSampler;
import org.apache.commons.rng.sampling.distribution.ZigguratSampler;
import org.apache.commons.rng.simple.RandomSource;

/**
 * Draws batches. Batch k follows from the seed and k alone, so a resumed run continues with the
 * very batches that the unbroken one would have had.
 */
public final class BatchSource {
  private final ImageSet data;
  private final CosineSchedule schedule;
  private final TrainingOptions options;
  private final int nullCondition;
  private long shuffledEpoch = -1;
  private int[] order = {};

  /** Batches of {@code data} as the options say. */
  public BatchSource(ImageSet data, TrainingOptions options) {
    this.data = data;
    this.options = options;
    this.schedule = new CosineSchedule(options.objective().logSnrRange());
    this.nullCondition = options.subject().classNames().size();
  }

  /** Lines 2 to 5 of Algorithm 1 for every row of batch {@code step}, counted from 0. */
  public Batch batch(long step) {
    int rows = options.optimisation().batchSize();
    int size = data.shape().count();
    UniformRandomProvider random = random(1, step);
    ZigguratSampler.NormalizedGaussian gaussian = ZigguratSampler.NormalizedGaussian.of(random);
    Batch batch =
        new Batch(
            new float[rows * size],
            new long[rows],
            new double[rows],
            new float[rows * size],
            random(3, step).nextLong());
    double shift = random.nextDouble();
    int[] strata = PermutationSampler.natural(rows);
    PermutationSampler.shuffle(random, strata);
    for (int row = 0; row < rows; row++) {
      // (x, c) ~ p(x, c); c <- null with probability p_uncond.
      int index = index(step * rows + row);
      data.decode(index, batch.x(), row * size);
      boolean dropped = random.nextDouble() < options.objective().unconditionalProbability();
      batch.conditions()[row] = dropped ? nullCondition : data.label(index);

      // lambda ~ p(lambda): u uniform, one row from each of as many equal parts of [0, 1), which
      // leaves each row's distribution as it is and makes the mean loss of a batch less noisy.
      batch.logSnrs()[row] = schedule.logSnr((strata[row] + shift) / rows);
    }
    // eps ~ N(0, I).
    for (int i = 0; i < batch.eps().length; i++) {
      batch.eps()[i] = (float) gaussian.sample();
    }
    return batch;
  }

  /**
   * Which image is number {@code position} when every epoch visits all of them in its own order.
   */
  private int index(long position) {
    long epoch = position / data.size();
    if (epoch != shuffledEpoch) {
      order = IntStream.range(0, data.size()).toArray();
      PermutationSampler.shuffle(random(2, epoch), order);
      shuffledEpoch = epoch;
    }
    return order[(int) (position % data.size())];
  }

  private UniformRandomProvider random(long purpose, long number) {
    // One word, which the library expands to the generator's state; four it would take as they
    // are, and the first numbers of a state of small words are hardly random.
    return RandomSource.XO_SHI_RO_256_PP.create(
        mix(mix(mix(options.run().seed()) + purpose) + number));
  }

  /** SplitMix64 (Steele, Lea and Flood, 2014; constants of Stafford's mix 13). */
  private static long mix(long x) {
    long y = x + 0x9E3779B97F4A7C15L;
    y = (y ^ (y >>> 30)) * 0xBF58476D1CE4E5B9L;
    y = (y ^ (y >>> 27)) * 0x94D049BB133111EBL;
    return y ^ (y >>> 31);
  }
}
