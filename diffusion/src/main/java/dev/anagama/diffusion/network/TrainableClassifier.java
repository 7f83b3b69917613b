package dev.anagama.diffusion.network;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A classifier of noisy images while it is trained: float32 parameters that collect gradients,
 * arithmetic in the chosen precision.
 *
 * <p>Not safe for use by several threads at once.
 */
public final class TrainableClassifier implements AutoCloseable {
  private final LoadedModule module;
  private final ParameterStore store;
  private final Map<String, NDArray> parameters = new LinkedHashMap<>();

  /** The classifier of {@code config}, starting from {@code weights}. */
  public TrainableClassifier(
      ClassifierConfig config, Weights weights, Device device, Precision compute) {
    this.module =
        LoadedModule.assembled(
            ClassifierProgram.root(config), weights, device, Precision.FLOAT32, compute, true);
    this.store = new ParameterStore(module.manager(), false);
    module
        .block()
        .getDirectParameters()
        .forEach(entry -> parameters.put(entry.getKey(), entry.getValue().getArray()));
  }

  /** Fresh weights, with which every class is equally likely; the same seed gives the same. */
  public static Weights initialWeights(ClassifierConfig config, long seed) {
    return UNet.initialWeights(ClassifierProgram.root(config), seed);
  }

  /** The parameters by dotted name; they live as long as this classifier. */
  public Map<String, NDArray> parameters() {
    return Collections.unmodifiableMap(parameters);
  }

  /** The manager that owns the parameters. */
  public NDManager manager() {
    return module.manager();
  }

  /**
   * The mean cross-entropy, {@code -ln p(c|z)}; its gradient is added to what the parameters hold.
   * The inputs must belong to a manager that the caller closes.
   *
   * @param z noisy images, float32[N, C, H, W]
   * @param logSnr noise level of each row, float32[N]
   * @param labels class of each row, int64[N]
   */
  public double addGradient(NDArray z, NDArray logSnr, NDArray labels) {
    try (GradientCollector collector = Engine.getInstance().newGradientCollector();
        NDManager scope = module.manager().newSubManager()) {
      NDArray logits =
          module.block().forward(store, new NDList(z, logSnr), true).singletonOrThrow();
      logits.attach(scope);
      NDArray loss = logits.logSoftmax(1).gather(labels.reshape(-1, 1), 1).mean().neg();
      collector.backward(loss);
      return loss.getFloat();
    }
  }

  @Override
  public void close() {
    module.close();
  }
}
