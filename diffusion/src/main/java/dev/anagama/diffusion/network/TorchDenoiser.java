package dev.anagama.diffusion.network;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import dev.anagama.diffusion.guidance.Denoiser;
import dev.anagama.diffusion.schedule.PredictionTarget;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A TorchScript network that serves: parameters frozen, kept in the precision of the arithmetic.
 *
 * <p><b>Lanes.</b> On a processor, the rows of a pass may be shared out among lanes: contiguous
 * parts of nearly equal size, each computed by a thread of the denoiser's own, all with the same
 * weights in memory. A lane shares each operation out among its part of the processor threads. A
 * caller that is confined to as many takes the last part itself. Without lanes, the pass runs on
 * the caller's thread and on as many as PyTorch has for that one.
 *
 * <p>Not safe for use by several threads at once; the thread that owns the device owns it.
 */
public final class TorchDenoiser implements Denoiser, AutoCloseable {
  private final LoadedModule module;
  private final ParameterStore parameters;
  private final PredictionTarget target;
  private final @Nullable Lanes lanes;

  private TorchDenoiser(LoadedModule module, PredictionTarget target, @Nullable LaneLayout layout) {
    this.module = module;
    this.target = target;
    this.parameters = new ParameterStore(module.manager(), false);
    try {
      this.lanes = layout == null ? null : new Lanes(layout.lanes(), layout.threadsEach());
    } catch (RuntimeException | Error e) {
      module.close();
      throw e;
    }
  }

  /** A U-Net that predicts eps, with its passes on the caller's thread; see the other form. */
  public static TorchDenoiser ofUNet(
      UNetConfig config, Weights weights, Device device, Precision precision) {
    return ofUNet(config, weights, PredictionTarget.NOISE, device, precision, null);
  }

  /** A U-Net that predicts eps; see the other form. */
  public static TorchDenoiser ofUNet(
      UNetConfig config,
      Weights weights,
      Device device,
      Precision precision,
      @Nullable LaneLayout layout) {
    return ofUNet(config, weights, PredictionTarget.NOISE, device, precision, layout);
  }

  /**
   * The U-Net of {@code config} with {@code weights}, computing in {@code precision}.
   *
   * @param target what it was trained to predict
   * @param layout null for passes on the caller's thread; a GPU has those in any case
   * @throws IllegalArgumentException if weights do not fit the network or the precision
   */
  public static TorchDenoiser ofUNet(
      UNetConfig config,
      Weights weights,
      PredictionTarget target,
      Device device,
      Precision precision,
      @Nullable LaneLayout layout) {
    boolean packed = precision.packsOn(device);
    ModuleNode root =
        device.isGpu() ? UNetProgram.root(config) : UNetProgram.served(config, packed);
    LoadedModule module =
        LoadedModule.assembled(root, weights, device, precision, precision, false);
    TorchDenoiser denoiser = new TorchDenoiser(module, target, device.isGpu() ? null : layout);
    if (packed) {
      denoiser.pack(config);
    }
    return denoiser;
  }

  /** Somebody else's module for eps, with its passes on the caller's thread; see the other form. */
  public static TorchDenoiser ofFile(Path torchScript, Device device) {
    return ofFile(torchScript, PredictionTarget.NOISE, device, null);
  }

  /**
   * A TorchScript module that somebody else made, with the signature {@code forward(z:
   * float32[N,C,H,W], log_snr: float32[N], condition: int64[N]) -> float32[N,C,H,W]}.
   *
   * @param target what it predicts
   * @param layout null for passes on the caller's thread; a GPU has those in any case
   * @throws IllegalArgumentException if PyTorch does not accept the file
   */
  public static TorchDenoiser ofFile(
      Path torchScript, PredictionTarget target, Device device, @Nullable LaneLayout layout) {
    LoadedModule module = LoadedModule.load(torchScript, device, false);
    return new TorchDenoiser(module, target, device.isGpu() ? null : layout);
  }

  /** Parts that the rows of a pass are split into. */
  public int lanes() {
    return lanes == null ? 1 : lanes.count();
  }

  /**
   * {@inheritDoc}
   *
   * @throws RuntimeException what PyTorch says, for instance that memory is exhausted, after every
   *     lane has ended its part
   */
  @Override
  public NDArray predictNoise(NDArray z, NDArray logSnr, NDArray condition) {
    NDArray prediction = predict(z, logSnr, condition);
    NDArray eps = target.toNoise(prediction, z, logSnr);
    if (eps != prediction) {
      prediction.close();
    }
    return eps;
  }

  /** What the network answers, in terms of its own target. */
  private NDArray predict(NDArray z, NDArray logSnr, NDArray condition) {
    int parts = (int) Math.min(lanes(), z.getShape().get(0));
    if (lanes == null) {
      return pass(z, logSnr, condition);
    }
    NDManager owner = z.getManager();
    try (NDManager scope = owner.newSubManager()) {
      scope.tempAttachAll(z, logSnr, condition);
      long[] starts = starts(z.getShape().get(0), parts);
      NDList images = z.split(starts);
      NDList levels = logSnr.split(starts);
      NDList conditions = condition.split(starts);
      NDList eps =
          new NDList(
              lanes.runAll(
                  parts, part -> pass(images.get(part), levels.get(part), conditions.get(part))));
      NDArray joined = NDArrays.concat(eps);
      joined.attach(owner);
      return joined;
    }
  }

  @Override
  public void close() {
    if (lanes != null) {
      lanes.close();
    }
    module.close();
  }

  /** Runs the first pass, in which weights are packed, on this thread alone. */
  private void pack(UNetConfig config) {
    long side = 2L * config.sideMultiple();
    try (NDManager scope = module.manager().newSubManager()) {
      pass(
          scope.zeros(new Shape(1, config.imageChannels(), side, side)),
          scope.zeros(new Shape(1)),
          scope.zeros(new Shape(1), DataType.INT64));
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  private NDArray pass(NDArray z, NDArray logSnr, NDArray condition) {
    return module
        .block()
        .forward(parameters, new NDList(z, logSnr, condition), false)
        .singletonOrThrow();
  }

  /** First row of each part but the first: {@code rows} in parts of sizes that differ by one. */
  private static long[] starts(long rows, int parts) {
    return IntStream.range(1, parts).mapToLong(part -> rows * part / parts).toArray();
  }
}
