package dev.anagama.diffusion.network;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.training.ParameterStore;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The U-Net while it is trained: float32 parameters that collect gradients, arithmetic in the
 * chosen precision. Not safe for use by several threads at once.
 */
public final class TrainableDenoiser implements AutoCloseable {
  private final LoadedModule module;
  private final ParameterStore store;
  private final Map<String, NDArray> parameters = new LinkedHashMap<>();

  /** The U-Net of {@code config}, starting from {@code weights}. */
  public TrainableDenoiser(UNetConfig config, Weights weights, Device device, Precision compute) {
    this.module =
        LoadedModule.assembled(
            UNetProgram.root(config), weights, device, Precision.FLOAT32, compute, true);
    this.store = new ParameterStore(module.manager(), false);
    module
        .block()
        .getDirectParameters()
        .forEach(entry -> parameters.put(entry.getKey(), entry.getValue().getArray()));
  }

  /** The parameters by dotted name; they live as long as this denoiser. */
  public Map<String, NDArray> parameters() {
    return Collections.unmodifiableMap(parameters);
  }

  /** The manager that owns the parameters. */
  public NDManager manager() {
    return module.manager();
  }

  /**
   * What the network answers, in terms of what it is trained to predict.
   *
   * @param z float32[N, C, H, W]
   * @param logSnr float32[N]
   * @param condition int64[N]
   * @return float32[N, C, H, W], attached to z's manager
   */
  public NDArray predict(NDArray z, NDArray logSnr, NDArray condition) {
    return module.block().forward(store, new NDList(z, logSnr, condition), true).singletonOrThrow();
  }

  @Override
  public void close() {
    module.close();
  }
}
