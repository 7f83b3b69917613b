package dev.anagama.diffusion.network;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.training.ParameterStore;
import dev.anagama.diffusion.guidance.Denoiser;
import java.nio.file.Path;

/**
 * A TorchScript network that serves: parameters frozen, kept in the precision of the arithmetic.
 *
 * <p>Not safe for use by several threads at once; the thread that owns the device owns it.
 */
public final class TorchDenoiser implements Denoiser, AutoCloseable {
  private final LoadedModule module;
  private final ParameterStore parameters;

  private TorchDenoiser(LoadedModule module) {
    this.module = module;
    this.parameters = new ParameterStore(module.manager(), false);
  }

  /** The U-Net of {@code config} with {@code weights}, computing in {@code precision}. */
  public static TorchDenoiser ofUNet(
      UNetConfig config, Weights weights, Device device, Precision precision) {
    return new TorchDenoiser(
        LoadedModule.assembled(
            UNetProgram.root(config), weights, device, precision, precision, false));
  }

  /**
   * A TorchScript module that somebody else made, with the signature {@code forward(z:
   * float32[N,C,H,W], log_snr: float32[N], condition: int64[N]) -> float32[N,C,H,W]}.
   */
  public static TorchDenoiser ofFile(Path torchScript, Device device) {
    return new TorchDenoiser(LoadedModule.load(torchScript, device, false));
  }

  @Override
  public NDArray predictNoise(NDArray z, NDArray logSnr, NDArray condition) {
    return module
        .block()
        .forward(parameters, new NDList(z, logSnr, condition), false)
        .singletonOrThrow();
  }

  @Override
  public void close() {
    module.close();
  }
}
