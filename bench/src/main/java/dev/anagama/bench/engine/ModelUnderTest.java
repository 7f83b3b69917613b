package dev.anagama.bench.engine;

import ai.djl.Device;
import ai.djl.engine.Engine;
import dev.anagama.bench.BenchJob;
import dev.anagama.diffusion.checkpoint.Checkpoint;
import dev.anagama.diffusion.checkpoint.CheckpointManifest;
import dev.anagama.diffusion.checkpoint.SamplingDefaults;
import dev.anagama.diffusion.network.LaneLayout;
import dev.anagama.diffusion.network.Precision;
import dev.anagama.diffusion.network.TorchDenoiser;
import dev.anagama.v1.GuidanceInterval;
import dev.anagama.v1.Sampler;
import dev.anagama.v1.Schedule;
import dev.anagama.worker.control.CalibratedNetwork;
import dev.anagama.worker.control.ModelStatus.Placement;
import dev.anagama.worker.engine.ServedModel;
import dev.anagama.worker.fleet.DeviceEngine.Place;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * A checkpoint, loaded as a worker loads it. Its network is shared by the engine and by what the
 * engine is held against; only one of them may be at work at a time.
 *
 * @param checkpoint where it came from
 * @param denoiser its network
 * @param device where the network is
 * @param precision of its arithmetic
 * @param rowLimit most rows of a pass, as a worker would choose it
 */
public record ModelUnderTest(
    Checkpoint checkpoint, TorchDenoiser denoiser, Device device, Precision precision, int rowLimit)
    implements AutoCloseable {
  /** Loads a checkpoint onto the machine's best device, in the layout that a worker chooses. */
  public static ModelUnderTest load(Checkpoint checkpoint) {
    Device device = Engine.getInstance().defaultDevice();
    Precision precision = Precision.bestOn(device);
    Place place =
        new Place(
            device.isGpu() ? "gpu0" : "cpu",
            device,
            precision,
            Runtime.getRuntime().availableProcessors());
    CalibratedNetwork network = CalibratedNetwork.open(checkpoint, place);
    return new ModelUnderTest(
        checkpoint, network.denoiser(), device, precision, network.rowLimit());
  }

  /** Loads a checkpoint in the layout that a worker in this process has chosen. */
  public static ModelUnderTest load(Checkpoint checkpoint, Placement chosen) {
    Device device = Engine.getInstance().defaultDevice();
    Precision precision = Precision.bestOn(device);
    return new ModelUnderTest(
        checkpoint,
        checkpoint.open(
            device,
            precision,
            LaneLayout.sharing(chosen.lanes(), Runtime.getRuntime().availableProcessors())),
        device,
        precision,
        chosen.rowLimit());
  }

  /** What the checkpoint says of itself. */
  public CheckpointManifest manifest() {
    return checkpoint.manifest();
  }

  /** Jobs of one image, of each class in turn, as the model's defaults say. */
  public Supplier<BenchJob> shippedJobs(Optional<GuidanceInterval> interval) {
    CheckpointManifest manifest = manifest();
    SamplingDefaults defaults = manifest.defaults();
    int[] made = {0};
    return () ->
        new BenchJob(
            manifest.model(),
            made[0] % manifest.classNames().size(),
            1,
            made[0]++,
            defaults.numInferenceSteps(),
            defaults.guidanceScale(),
            interval,
            Sampler.valueOf("SAMPLER_" + defaults.sampler().toUpperCase(Locale.ROOT)),
            Schedule.valueOf("SCHEDULE_" + defaults.schedule().name()));
  }

  /** The model for an engine; closing it is left to this object's owner. */
  ServedModel served() {
    return new ServedModel(
        manifest(),
        checkpoint.weightsSha256(),
        denoiser,
        () -> {},
        device,
        precision.label(),
        rowLimit);
  }

  @Override
  public void close() {
    denoiser.close();
  }
}
