package dev.anagama.worker.control;

import dev.anagama.diffusion.checkpoint.Checkpoint;
import dev.anagama.diffusion.network.TorchDenoiser;
import dev.anagama.worker.control.Calibration.Measured;
import dev.anagama.worker.fleet.DeviceEngine.Place;
import dev.anagama.worker.schedule.ForwardProfile;

/**
 * A checkpoint's network on a device in the layout that a worker would choose there, for whoever
 * measures what a worker does.
 *
 * @param denoiser the network, warmed up
 * @param profile what its passes cost
 * @param rowLimit most rows of a pass
 */
public record CalibratedNetwork(TorchDenoiser denoiser, ForwardProfile profile, int rowLimit)
    implements AutoCloseable {
  /**
   * Measures and opens a network; nothing is kept beside the checkpoint.
   *
   * @throws dev.anagama.diffusion.checkpoint.CheckpointException if it can not be used
   */
  public static CalibratedNetwork open(Checkpoint checkpoint, Place place) {
    Measured measured = CheckpointLoader.measured(checkpoint, place, place.maxRows());
    ForwardProfile profile = measured.profile();
    int least = measured.steady() ? 1 : CheckpointLoader.UNSURE_ROWS;
    return new CalibratedNetwork(
        CheckpointLoader.openWarm(checkpoint, place, profile.lanes()),
        profile,
        Math.min(Math.max(least, profile.rowLimit()), place.maxRows()));
  }

  @Override
  public void close() {
    denoiser.close();
  }
}
