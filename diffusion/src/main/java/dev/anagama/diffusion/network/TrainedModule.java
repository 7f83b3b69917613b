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
 * A network while it is trained, whatever for: float32 parameters that collect gradients, arithmetic
 * in the chosen precision, the rows of a batch shared out among {@link GradientLanes}.
 *
 * <p>Not safe for use by several threads at once.
 */
final class TrainedModule implements AutoCloseable {
  private final LoadedModule module;
  private final ParameterStore store;
  private final Map<String, NDArray> parameters = new LinkedHashMap<>();
  private final GradientLanes lanes;

  /** The mean loss of some rows. */
  @FunctionalInterface
  interface MeanLoss {
    /**
     * Goes forward; what it computes belongs to the manager of what {@code forward} answers.
     *
     * @param network attaches what the network answers to a scope that ends with the step
     * @param rows some rows of each input
     * @return a single number
     */
    NDArray of(Forward network, NDList rows);
  }

  /** A pass through the network. */
  @FunctionalInterface
  interface Forward {
    /** What the network answers to its inputs. */
    NDArray apply(NDArray... inputs);
  }

  /**
   * Loads {@code root} with its weights.
   *
   * @param threads of the processor that a step may take, at least 1
   * @param inputs a shape for each input of the network, of any size
   */
  TrainedModule(
      ModuleNode root,
      Weights weights,
      Device device,
      Precision compute,
      int threads,
      Shape... inputs) {
    this.module = LoadedModule.assembled(root, weights, device, Precision.FLOAT32, compute, true);
    try {
      this.store = new ParameterStore(module.manager(), false);
      module.readyToTrain(inputs);
      module
          .block()
          .getDirectParameters()
          .forEach(entry -> parameters.put(entry.getKey(), entry.getValue().getArray()));
      this.lanes = new GradientLanes(device, threads);
    } catch (RuntimeException | Error e) {
      module.close();
      throw e;
    }
  }

  /** The parameters by dotted name; they live as long as this. */
  Map<String, NDArray> parameters() {
    return Collections.unmodifiableMap(parameters);
  }

  /** The manager that owns the parameters. */
  NDManager manager() {
    return module.manager();
  }

  /** What the network answers, attached to the manager of the first input. */
  NDArray forward(NDArray... inputs) {
    return module.block().forward(store, new NDList(inputs), true).singletonOrThrow();
  }

  /**
   * The mean loss over all rows; its gradient is added to what the parameters hold.
   *
   * @param inputs arrays of equally many rows, of a manager that the caller closes
   */
  double addGradient(NDList inputs, MeanLoss loss) {
    try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
      return lanes.sum(inputs, (rows, share) -> part(collector, rows, share, loss));
    }
  }

  /** What some rows, that {@code share} of all, contribute to the mean. */
  private double part(GradientCollector collector, NDList rows, double share, MeanLoss loss) {
    try (NDManager scope = module.manager().newSubManager()) {
      Forward network =
          inputs -> {
            NDArray answer = forward(inputs);
            answer.attach(scope);
            return answer;
          };
      NDArray contribution = loss.of(network, rows).mul((float) share);
      collector.backward(contribution);
      return contribution.getFloat();
    }
  }

  @Override
  public void close() {
    lanes.close();
    module.close();
  }
}
