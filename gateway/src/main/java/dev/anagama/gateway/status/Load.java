package dev.anagama.gateway.status;

/**
 * How much work there is, or may be. Jobs are what the gateway's memory is filled by, whatever they
 * ask for; images are what the workers' time is.
 *
 * @param jobs jobs, at least 0
 * @param images images that they ask for, at least 0
 */
public record Load(int jobs, long images) {
  static final Load NONE = new Load(0, 0);

  Load plus(Load more) {
    return new Load(jobs + more.jobs, images + more.images);
  }

  /** What is left without {@code less}, never below none. */
  Load without(Load less) {
    return new Load(Math.max(0, jobs - less.jobs), Math.max(0, images - less.images));
  }
}
