package dev.anagama.worker.fleet;

import ai.djl.Device;
import dev.anagama.diffusion.network.Precision;
import dev.anagama.worker.engine.Engine;
import dev.anagama.worker.engine.EngineLimits;

/**
 * An engine and the device that it owns.
 *
 * @param place the device, its arithmetic and its threads
 * @param engine runs there
 */
public record DeviceEngine(Place place, Engine engine) {
  /**
   * Where networks run.
   *
   * @param name {@code cpu}, {@code gpu0}, {@code gpu1}, ...
   * @param device the same for DJL
   * @param precision arithmetic of the networks
   * @param threads processor threads that they may use there, at least 1
   */
  public record Place(String name, Device device, Precision precision, int threads) {
    /** Few threads gain nothing from more rows in a pass long before. */
    private static final int PROCESSOR_ROWS = 128;

    private static final int ROWS_PER_THREAD = 4;

    /** Largest row limit that is chosen for a network here. */
    public int maxRows() {
      int rows = Math.max(PROCESSOR_ROWS, ROWS_PER_THREAD * threads);
      return device.isGpu() ? EngineLimits.MAX_ROWS : Math.min(rows, EngineLimits.MAX_ROWS);
    }
  }

  @Override
  public String toString() {
    return place.name();
  }
}
