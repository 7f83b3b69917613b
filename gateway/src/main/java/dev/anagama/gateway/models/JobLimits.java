package dev.anagama.gateway.models;

import java.math.BigDecimal;
import java.time.Duration;

/** What a job may ask for, whatever its model. Both ends of each range are allowed. */
public final class JobLimits {
  /** Fewest images. */
  public static final int MIN_NUM_IMAGES = 1;

  /** Most images. */
  public static final int MAX_NUM_IMAGES = 64;

  /** Fewest steps. */
  public static final int MIN_NUM_INFERENCE_STEPS = 1;

  /** Most steps. */
  public static final int MAX_NUM_INFERENCE_STEPS = 1000;

  /** Smallest guidance scale: no guidance. */
  public static final double MIN_GUIDANCE_SCALE = 1;

  /** Largest guidance scale. */
  public static final double MAX_GUIDANCE_SCALE = 50;

  /** Largest seed, 2^53 - 1: the largest integer that every JSON reader keeps. */
  public static final long MAX_SEED = (1L << 53) - 1;

  /** Smallest log-SNR of a guidance interval. */
  public static final double MIN_LOG_SNR = -20;

  /** Largest log-SNR of a guidance interval. */
  public static final double MAX_LOG_SNR = 20;

  /** Largest share of the spread of guidance that is taken back; the smallest is 0. */
  public static final double MAX_GUIDANCE_RESCALE = 1;

  /** Smallest quantile of dynamic thresholding. */
  public static final double MIN_DYNAMIC_THRESHOLD = 0.5;

  /** Largest quantile of dynamic thresholding: the largest value. */
  public static final double MAX_DYNAMIC_THRESHOLD = 1;

  /** Largest eta, of projected guidance and of DDIM; the smallest is 0. */
  public static final double MAX_ETA = 1;

  /** Largest norm of a projected difference; any above 0 is allowed. */
  public static final double MAX_NORM_LIMIT = 1_000_000;

  /** Strongest momentum of projected guidance, in both directions. */
  public static final double MAX_MOMENTUM = 0.9;

  /** Furthest that a deadline may lie ahead when the job is accepted. */
  public static final Duration MAX_DEADLINE_AHEAD = Duration.ofHours(24);

  private JobLimits() {}

  /** What is allowed between two ends, for example "a number from 0.5 to 1". */
  public static String numberFrom(double min, double max) {
    return "a number from " + text(min) + " to " + text(max);
  }

  private static String text(double value) {
    return BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
  }
}
