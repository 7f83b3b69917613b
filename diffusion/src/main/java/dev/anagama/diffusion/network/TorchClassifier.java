package dev.anagama.diffusion.network;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.ParameterList;
import ai.djl.training.ParameterStore;
import dev.anagama.diffusion.guidance.AutogradClassifier;

/**
 * A trained classifier of noisy images: parameters frozen, so that going back through it computes
 * the gradient of z and nothing else. Passes run on the caller's thread and on as many as PyTorch
 * has for it.
 *
 * <p>Not safe for use by several threads at once.
 */
public final class TorchClassifier implements AutogradClassifier.Logits, AutoCloseable {
  private final LoadedModule module;
  private final ParameterStore store;

  /**
   * The classifier of {@code config} with {@code weights}, computing in {@code precision}.
   *
   * @throws IllegalArgumentException if weights do not fit the network or the precision
   */
  public TorchClassifier(
      ClassifierConfig config, Weights weights, Device device, Precision precision) {
    // Loaded as for training, for tensors that are loaded otherwise can not be part of a gradient.
    this.module =
        LoadedModule.assembled(
            ClassifierProgram.root(config), weights, device, precision, precision, true);
    this.store = new ParameterStore(module.manager(), false);
    module.block().freezeParameters(true);
  }

  @Override
  public NDArray of(NDArray z, NDArray logSnr) {
    // In DJL's other mode nothing could be differentiated.
    return module.block().forward(store, new NDList(z, logSnr), true).singletonOrThrow();
  }

  /** The parameters by dotted name, frozen. */
  ParameterList parameters() {
    return module.block().getDirectParameters();
  }

  /** The manager that owns the parameters. */
  NDManager manager() {
    return module.manager();
  }

  @Override
  public void close() {
    module.close();
  }
}
