package dev.anagama.platform.config;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/** What becomes of the results of ended jobs: keys {@code anagama.results.*}. */
@ConfigMapping(prefix = "anagama.results")
public interface ResultsConfig {
  /**
   * How long images are kept after the end of their job; workers tell it in the event, and gateways
   * remove what is older. The record of the job is kept for 7 days more.
   */
  @WithDefault("7d")
  @Allowed(Retention.ALLOWED)
  Retention keep();
}
