package dev.anagama.bench.faults;

import java.util.SplittableRandom;
import java.util.concurrent.TimeoutException;

/**
 * Something that goes wrong.
 *
 * @param kind its name, lower case with underscores
 * @param harm what is done
 */
record Fault(String kind, Harm harm) {
  /** Does it, for as long as it lasts. What it leaves behind, {@link FaultRig#restore} ends. */
  interface Harm {
    void to(Scene scene) throws InterruptedException, TimeoutException;
  }

  /**
   * Where it happens.
   *
   * @param rig what it is done to
   * @param meter counts what workers have done; it looks at one before that one is killed
   * @param random decides what is left open
   */
  record Scene(FaultRig rig, RowMeter meter, SplittableRandom random) {
    /** One of the workers. */
    Line worker() {
      return rig.workers().get(random.nextInt(rig.workers().size()));
    }

    void kill(Line worker) throws InterruptedException {
      meter.look(worker);
      worker.process().kill();
    }

    /** Lets it last. */
    void pause(long leastMillis, long mostMillis) throws InterruptedException {
      Thread.sleep(random.nextLong(leastMillis, mostMillis + 1));
    }
  }
}
