package dev.anagama.bench.simulator;

import java.util.SortedSet;
import java.util.TreeSet;

/** Which fleets to show around the one that is advised. */
final class AroundFleet {
  private static final int NEIGHBOURS = 2;
  private static final int STEPS = 6;

  private AroundFleet() {}

  /**
   * Sizes from the smallest that can keep up to twice the advised, those next to it among them.
   *
   * @param least at least 1
   * @param advised at least {@code least}
   * @param most no size is above it
   */
  static SortedSet<Integer> sizes(int least, int advised, int most) {
    SortedSet<Integer> sizes = new TreeSet<>();
    for (int step = 0; step <= STEPS; step++) {
      sizes.add(least + (advised - least) * step / STEPS);
      sizes.add(advised + advised * step / STEPS);
    }
    for (int workers = advised - NEIGHBOURS; workers <= advised + NEIGHBOURS; workers++) {
      sizes.add(Math.max(least, workers));
    }
    sizes.removeIf(workers -> workers > most);
    return sizes;
  }
}
