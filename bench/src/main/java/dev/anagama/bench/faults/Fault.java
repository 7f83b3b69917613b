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
    void to(FaultRig rig, SplittableRandom random) throws InterruptedException, TimeoutException;
  }
}
