package dev.anagama.trainer.training;

import dev.anagama.diffusion.schedule.CosineSchedule;
import dev.anagama.diffusion.schedule.LogSnrRange;
import dev.anagama.trainer.data.ImageSet;
import dev.anagama.trainer.data.RandomShift;
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
  private final Draw draw;
  private long shuffledEpoch = -1;
  private int[] order = {};

  /** Batches of {@code data} as the options say. */
  public BatchSource(ImageSet data, TrainingOptions options) {
    this(
        data,
        new Draw(
            options.optimisation().batchSize(),
            options.objective().logSnrRange(),
            options.objective().unconditionalProbability(),
            options.subject().classNames().size(),
            false,
            options.run().seed()));
  }

  /** Batches of {@code data}. */
  public BatchSource(ImageSet data, Draw draw) {
    this.data = data;
    this.draw = draw;
    this.schedule = new CosineSchedule(draw.logSnrRange());
  }

  /**
   * What is drawn.
   *
   * @param rows of a batch, at least 1
   * @param logSnrRange of the levels
   * @param unconditionalProbability p_uncond of Algorithm 1, in [0, 1)
   * @param nullCondition stands where the class was dropped
   * @param shifted whether images are moved a little ({@link RandomShift})
   * @param seed of order, levels, noise and shifts
   */
  public record Draw(
      int rows,
      LogSnrRange logSnrRange,
      double unconditionalProbability,
      int nullCondition,
      boolean shifted,
      long seed) {}

  /** Lines 2 to 5 of Algorithm 1 for every row of batch {@code step}, counted from 0. */
  public Batch batch(long step) {
    int rows = draw.rows();
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
      if (draw.shifted()) {
        RandomShift.move(batch.x(), row * size, data.shape(), random);
      }
      boolean dropped = random.nextDouble() < draw.unconditionalProbability();
      batch.conditions()[row] = dropped ? draw.nullCondition() : data.label(index);

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
    return RandomSource.XO_SHI_RO_256_PP.create(mix(mix(mix(draw.seed()) + purpose) + number));
  }

  /** SplitMix64 (Steele, Lea and Flood, 2014; constants of Stafford's mix 13). */
  private static long mix(long x) {
    long y = x + 0x9E3779B97F4A7C15L;
    y = (y ^ (y >>> 30)) * 0xBF58476D1CE4E5B9L;
    y = (y ^ (y >>> 27)) * 0x94D049BB133111EBL;
    return y ^ (y >>> 31);
  }
}
