package dev.anagama.diffusion.network;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A classifier of noisy images while it is trained: float32 parameters that collect gradients,
 * arithmetic in the chosen precision. On a processor of several cores the rows of a batch are shared
 * out among two threads of the classifier's own ({@link GradientLanes}).
 *
 * <p>Not safe for use by several threads at once.
 */
public final class TrainableClassifier implements AutoCloseable {
  private final LoadedModule module;
  private final ParameterStore store;
  private final Map<String, NDArray> parameters = new LinkedHashMap<>();
  private final GradientLanes lanes;

  /**
   * The classifier of {@code config}, starting from {@code weights}, on all processor threads that
   * PyTorch has.
   */
  public TrainableClassifier(
      ClassifierConfig config, Weights weights, Device device, Precision compute) {
    this(config, weights, device, compute, IntraOpThreads.ofCaller());
  }

  /** The same on so many processor threads, at least 1. */
  TrainableClassifier(
      ClassifierConfig config, Weights weights, Device device, Precision compute, int threads) {
    this.module =
        LoadedModule.assembled(
            ClassifierProgram.root(config), weights, device, Precision.FLOAT32, compute, true);
    this.store = new ParameterStore(module.manager(), false);
    module.readyToTrain(new Shape(1, config.imageChannels(), 1, 1), new Shape(1));
    module
        .block()
        .getDirectParameters()
        .forEach(entry -> parameters.put(entry.getKey(), entry.getValue().getArray()));
    try {
      this.lanes = new GradientLanes(device, threads);
    } catch (RuntimeException | Error e) {
      module.close();
      throw e;
    }
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
    try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
      return lanes.sum(
          new NDList(z, logSnr, labels),
          (rows, share) -> part(collector, rows.get(0), rows.get(1), rows.get(2), share));
    }
  }

  /** What some rows, that {@code share} of all, contribute to the mean. */
  private double part(
      GradientCollector collector, NDArray z, NDArray logSnr, NDArray labels, double share) {
    try (NDManager scope = module.manager().newSubManager()) {
      NDArray logits =
          module.block().forward(store, new NDList(z, logSnr), true).singletonOrThrow();
      logits.attach(scope);
      NDArray ofClass = logits.logSoftmax(1).gather(labels.reshape(-1, 1), 1);
      NDArray loss = ofClass.mean().mul((float) -share);
      collector.backward(loss);
      return loss.getFloat();
    }
  }

  @Override
  public void close() {
    lanes.close();
    module.close();
  }
}
