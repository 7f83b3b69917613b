package dev.anagama.diffusion.network;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.jni.JniUtils;
import java.util.Map;

/**
 * The U-Net while it is trained: float32 parameters that collect gradients, arithmetic in the
 * chosen precision.
 *
 * <p>On a processor of several cores the rows of a batch are shared out among two threads of the
 * denoiser's own ({@link GradientLanes}), but for a network with dropout: PyTorch draws what is
 * dropped from one source, and which of two threads asks first is chance.
 *
 * <p>Not safe for use by several threads at once.
 */
public final class TrainableDenoiser implements AutoCloseable {
  private final TrainedModule network;
  private final boolean dropout;

  /**
   * The U-Net of {@code config}, starting from {@code weights}, on all processor threads that
   * PyTorch has.
   */
  public TrainableDenoiser(UNetConfig config, Weights weights, Device device, Precision compute) {
    this(config, weights, device, compute, IntraOpThreads.ofCaller());
  }

  /** The same on so many processor threads, at least 1. */
  TrainableDenoiser(
      UNetConfig config, Weights weights, Device device, Precision compute, int threads) {
    this.dropout = config.architecture().dropout() > 0;
    Shape rows = new Shape(1);
    this.network =
        new TrainedModule(
            UNetProgram.trained(config),
            weights,
            device,
            compute,
            dropout ? 1 : threads,
            new Shape(1, config.imageChannels(), 1, 1),
            rows,
            rows);
  }

  /** The parameters by dotted name; they live as long as this denoiser. */
  public Map<String, NDArray> parameters() {
    return network.parameters();
  }

  /** The manager that owns the parameters. */
  public NDManager manager() {
    return network.manager();
  }

  /**
   * What the network answers, in terms of what it is trained to predict; with dropout, where it has
   * that.
   *
   * @param z float32[N, C, H, W]
   * @param logSnr float32[N]
   * @param condition int64[N]
   * @return float32[N, C, H, W], attached to z's manager
   */
  public NDArray predict(NDArray z, NDArray logSnr, NDArray condition) {
    return network.forward(z, logSnr, condition);
  }

  /**
   * The mean squared difference of what the network answers and what it should, over all rows and
   * pixels; its gradient is added to what the parameters hold. The inputs must belong to a manager
   * that the caller closes.
   *
   * @param z float32 [rows, channels, height, width]
   * @param logSnr float32 [rows]
   * @param condition int64 [rows]
   * @param target what the network should answer, of the shape of z
   * @param dropoutSeed what is dropped follows from it, where the network has dropout
   */
  public double addGradient(
      NDArray z, NDArray logSnr, NDArray condition, NDArray target, long dropoutSeed) {
    if (dropout) {
      JniUtils.setSeed(dropoutSeed);
    }
    return network.addGradient(
        new NDList(z, logSnr, condition, target),
        (pass, rows) ->
            pass.apply(rows.get(0), rows.get(1), rows.get(2)).sub(rows.get(3)).square().mean());
  }

  @Override
  public void close() {
    network.close();
  }
}
