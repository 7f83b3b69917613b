package dev.anagama.bench.simulator;

import org.apache.commons.rng.UniformRandomProvider;

/** When jobs come. */
sealed interface Arrivals {
  /** Jobs a second, in the long run. */
  double ratePerSecond();

  /** The same with another rate: also what is left when each job is kept by a coin's throw. */
  Arrivals at(double ratePerSecond);

  /**
   * Starts the process in its stationary state.
   *
   * @param random for the jobs
   * @param bursts for the bursts
   */
  Stream start(UniformRandomProvider random, UniformRandomProvider bursts);

  /** One run of the process. */
  interface Stream {
    /** Time of the next arrival in seconds from the start; never less than the one before. */
    double nextSeconds();
  }

  /** Independent of one another. */
  record Poisson(double ratePerSecond) implements Arrivals {
    @Override
    public Arrivals at(double newRatePerSecond) {
      return new Poisson(newRatePerSecond);
    }

    @Override
    public Stream start(UniformRandomProvider random, UniformRandomProvider bursts) {
      return new Stream() {
        private double now;

        @Override
        public double nextSeconds() {
          now += exponential(random, 1 / ratePerSecond);
          return now;
        }
      };
    }
  }

  /** In bursts: a Poisson process whose rate switches between two values at random times. */
  record Bursty(double ratePerSecond, Burstiness bursts) implements Arrivals {
    @Override
    public Arrivals at(double newRatePerSecond) {
      return new Bursty(newRatePerSecond, bursts);
    }

    @Override
    public Stream start(UniformRandomProvider random, UniformRandomProvider switches) {
      return new Stream() {
        private double now;
        private boolean on = switches.nextDouble() < bursts.shareOn();
        private double switchesAt = stay();

        @Override
        public double nextSeconds() {
          while (true) {
            double factor = on ? bursts.factor() : bursts.quietFactor();
            // Without memory, a wait that a switch cuts short may be drawn anew.
            double next =
                factor > 0
                    ? now + exponential(random, 1 / (factor * ratePerSecond))
                    : Double.POSITIVE_INFINITY;
            if (next <= switchesAt) {
              now = next;
              return now;
            }
            now = switchesAt;
            on = !on;
            switchesAt = now + stay();
          }
        }

        private double stay() {
          return exponential(switches, on ? bursts.meanOnSeconds() : bursts.meanOffSeconds());
        }
      };
    }
  }

  /** Draws from the exponential distribution. */
  private static double exponential(UniformRandomProvider random, double mean) {
    // StrictMath, so that a seed means the same everywhere.
    return -mean * StrictMath.log1p(-random.nextDouble());
  }
}
