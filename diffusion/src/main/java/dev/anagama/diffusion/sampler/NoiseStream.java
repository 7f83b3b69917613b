package dev.anagama.diffusion.sampler;

import java.util.Objects;
import org.apache.commons.rng.UniformRandomProvider;
import org.apache.commons.rng.sampling.distribution.ContinuousSampler;
import org.apache.commons.rng.sampling.distribution.ZigguratSampler;
import org.apache.commons.rng.simple.RandomSource;

/**
 * The standard normal noise of one image, made on the CPU from a seed and the image's number, so
 * that an image depends on its job and never on its neighbours or on the device.
 *
 * <p>Generator: xoshiro256++ with the modified ziggurat method of Apache Commons RNG. Its state is
 * four words, {@code word_i = m(m(seed + k_i) + (image + 1) g)}: m is the output function of
 * SplitMix64, g its increment 0x9E3779B97F4A7C15, and k_i = m((i + 1) g). Every word depends on
 * both numbers, and neighbouring images or seeds share none. A change here changes every image ever
 * made from a seed; a test pins the values.
 *
 * <p>Not safe for use by several threads.
 */
public final class NoiseStream {
  /** Name of the generator, to be recorded with a seed. */
  public static final String ALGORITHM = "XO_SHI_RO_256_PP/ziggurat";

  private static final int WORDS = 4;
  private static final long INCREMENT = 0x9E3779B97F4A7C15L;

  private final ContinuousSampler normal;

  /**
   * Starts the stream of one image.
   *
   * @param seed the job's seed, any value
   * @param image the image's number in its job, from 0
   * @throws IllegalArgumentException if {@code image} is negative
   */
  public NoiseStream(long seed, int image) {
    if (image < 0) {
      throw new IllegalArgumentException("image is " + image + ", must be at least 0");
    }
    UniformRandomProvider source = RandomSource.XO_SHI_RO_256_PP.create(state(seed, image));
    this.normal = ZigguratSampler.NormalizedGaussian.of(source);
  }

  /** Overwrites an array with the next values of the stream. */
  public void fill(float[] target) {
    fill(target, 0, target.length);
  }

  /**
   * Overwrites a part of an array with the next values of the stream.
   *
   * @throws IndexOutOfBoundsException if the part does not lie in the array
   */
  public void fill(float[] target, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, target.length);
    for (int i = offset; i < offset + length; i++) {
      target[i] = (float) normal.sample();
    }
  }

  private static long[] state(long seed, int image) {
    long[] words = new long[WORDS];
    for (int i = 0; i < WORDS; i++) {
      words[i] = mix(mix(seed + mix((i + 1) * INCREMENT)) + (image + 1L) * INCREMENT);
    }
    return words;
  }

  /** SplitMix64's output function (Steele, Lea and Flood, 2014; constants of Stafford's mix 13). */
  private static long mix(long x) {
    long y = (x ^ (x >>> 30)) * 0xBF58476D1CE4E5B9L;
    y = (y ^ (y >>> 27)) * 0x94D049BB133111EBL;
    return y ^ (y >>> 31);
  }
}
