package dev.anagama.worker.engine;

import ai.djl.Device;
import dev.anagama.diffusion.checkpoint.CheckpointManifest;
import dev.anagama.diffusion.guidance.Denoiser;
import dev.anagama.diffusion.sampler.NoiseStream;
import dev.anagama.v1.Provenance;
import dev.anagama.worker.schedule.Lane;

/**
 * One version of a model, loaded and ready on the device. The engine owns it from the moment it is
 * handed over and closes it when the last job that runs on it has ended.
 *
 * @param manifest what the checkpoint says of itself
 * @param weightsSha256 SHA-256 of the weights
 * @param denoiser the network; used and closed by the engine's thread alone
 * @param memory closes the denoiser
 * @param device where the network is
 * @param precision label of the arithmetic, empty where the checkpoint brings its own
 * @param rowLimit most network rows in one forward pass, 2 to {@value EngineLimits#MAX_ROWS}
 */
public record ServedModel(
    CheckpointManifest manifest,
    String weightsSha256,
    Denoiser denoiser,
    Runnable memory,
    Device device,
    String precision,
    int rowLimit) {
  /** Checks the row limit. */
  public ServedModel {
    EngineLimits.require("rowLimit", rowLimit, Lane.MIN_ROW_LIMIT, EngineLimits.MAX_ROWS);
  }

  /** The model's name. */
  public String name() {
    return manifest.model();
  }

  /** How images of this model are made by {@code worker}. */
  Provenance provenance(String worker) {
    return Provenance.newBuilder()
        .setModel(manifest.model())
        .setCheckpointVersion(manifest.version())
        .setWeightsSha256(weightsSha256)
        .setNoiseAlgorithm(NoiseStream.ALGORITHM)
        .setPrecision(precision)
        .setDevice(device.getDeviceType())
        .setWorker(worker)
        .build();
  }

  /** The model and its version, for logs. */
  @Override
  public String toString() {
    return manifest.model() + " " + manifest.version();
  }
}
