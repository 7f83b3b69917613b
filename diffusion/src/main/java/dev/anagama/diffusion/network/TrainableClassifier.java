package dev.anagama.diffusion.network;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Map;

/**
 * A classifier of noisy images while it is trained: float32 parameters that collect gradients,
 * arithmetic in the chosen precision. On a processor of several cores the rows of a batch are shared
 * out among two threads of the classifier's own ({@link GradientLanes}).
 *
 * <p>Not safe for use by several threads at once.
 */
public final class TrainableClassifier implements AutoCloseable {
  private final TrainedModule network;

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
    this.network =
        new TrainedModule(
            ClassifierProgram.root(config),
            weights,
            device,
            compute,
            threads,
            new Shape(1, config.imageChannels(), 1, 1),
            new Shape(1));
  }

  /** Fresh weights, with which every class is equally likely; the same seed gives the same. */
  public static Weights initialWeights(ClassifierConfig config, long seed) {
    return UNet.initialWeights(ClassifierProgram.root(config), seed);
  }

  /** The parameters by dotted name; they live as long as this classifier. */
  public Map<String, NDArray> parameters() {
    return network.parameters();
  }

  /** The manager that owns the parameters. */
  public NDManager manager() {
    return network.manager();
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
    return network.addGradient(
        new NDList(z, logSnr, labels),
        (pass, rows) -> {
          NDArray logits = pass.apply(rows.get(0), rows.get(1));
          return logits.logSoftmax(1).gather(rows.get(2).reshape(-1, 1), 1).mean().neg();
        });
  }

  @Override
  public void close() {
    network.close();
  }
}
