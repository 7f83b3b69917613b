package dev.anagama.bench.simulator;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How many workers a goal takes.
 *
 * @param workers the smallest fleet that reaches it; null if none does that was tried
 * @param fleets what fleets around it reach, at the goal's rate, by workers, without
 *     saturated ones
 */
public record Advice(Traffic traffic, @Nullable Integer workers, List<SimulatedPoint> fleets) {
  /** Keeps its own list. */
  public Advice {
    fleets = List.copyOf(fleets);
  }

  /** The point of the advised fleet; null if there is none. */
  @Nullable SimulatedPoint advised() {
    for (SimulatedPoint point : fleets) {
      if (workers != null && point.workers() == workers) {
        return point;
      }
    }
    return null;
  }
}
