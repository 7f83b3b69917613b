package dev.anagama.diffusion.schedule;

/** How noise goes down over the time of a run: log-SNR as a function of time. */
public sealed interface NoiseSchedule permits CosineSchedule, LinearSchedule, RhoSchedule {
  /**
   * Log-SNR at a time: strictly decreasing in u, and exactly the ends of the schedule's range at 0
   * and 1.
   *
   * @param u time in [0, 1]; 0 is clean, 1 is noise
   * @throws IllegalArgumentException if u is outside
   */
  double logSnr(double u);
}
