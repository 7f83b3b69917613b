package dev.anagama.gateway.models;

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

  /** Furthest that a deadline may lie ahead when the job is accepted. */
  public static final Duration MAX_DEADLINE_AHEAD = Duration.ofHours(24);

  private JobLimits() {}
}
