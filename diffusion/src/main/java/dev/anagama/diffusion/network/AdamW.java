package dev.anagama.diffusion.network;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import dev.anagama.diffusion.network.ModuleNode.ModuleKind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * AdamW (arXiv 1711.05101) with clipping of the gradient's norm and an exponential moving average
 * of the parameters, over all parameters in one TorchScript call: one crossing into native code
 * instead of a dozen for each parameter.
 */
public final class AdamW implements AutoCloseable {
  private static final String FORWARD =
      """
        def forward(self: __torch__.AdamW,
          parameters: List[Tensor],
          gradients: List[Tensor],
          first_moments: List[Tensor],
          second_moments: List[Tensor],
          averages: List[Tensor],
          steps: List[Tensor],
          learning_rate: Tensor,
          weight_decay: Tensor,
          keep: Tensor) -> Tensor:
          norms = torch._foreach_norm(gradients, 2)
          norm = torch.linalg_vector_norm(torch.stack(norms), 2)
          clip = torch.clamp(torch.mul(torch.reciprocal(torch.add(norm, 1.0e-06)), CLIP), None, 1.)
          torch._foreach_mul_(gradients, clip)
          none = annotate(List[Tensor], [])
          torch._fused_adamw_(parameters, gradients, first_moments, second_moments, none, steps, \
      lr=float(learning_rate), beta1=BETA1, beta2=BETA2, weight_decay=float(weight_decay), \
      eps=1.0e-08, amsgrad=False, maximize=False)
          torch._foreach_lerp_(averages, parameters, torch.sub(1., float(keep)))
          torch._foreach_zero_(gradients)
          return norm
      """;

  /** Decay of the first moment. */
  public static final double BETA1 = 0.9;

  /** Decay of the second moment, where nothing else is said. */
  public static final double BETA2 = 0.99;

  /** Norm over all gradients above which they are scaled down to it, where nothing else is said. */
  public static final double MAX_GRADIENT_NORM = 1;

  /** A norm that no gradient in float32 has whose squares can be added up. */
  private static final double NO_LIMIT = 1e20;

  private final LoadedModule module;
  private final ParameterStore store;
  private final NDManager manager;
  private final List<Slot> slots;

  /**
   * A parameter with what belongs to it; all four have its shape and memory layout.
   *
   * @param name dotted name
   * @param parameter the trained values, changed in place by each step
   * @param firstMoment running mean of the gradient
   * @param secondMoment running mean of the squared gradient
   * @param average exponential moving average of the parameter, the weights that are served
   */
  public record Slot(
      String name, NDArray parameter, NDArray firstMoment, NDArray secondMoment, NDArray average) {}

  /**
   * Starts with zero moments and averages equal to {@code parameters}, which it changes in place.
   */
  public AdamW(Map<String, NDArray> parameters, Device device) {
    this(parameters, device, BETA2, MAX_GRADIENT_NORM);
  }

  /**
   * The same with other constants.
   *
   * @param beta2 decay of the second moment, in [0, 1)
   * @param maxGradientNorm norm above which gradients are scaled down to it; 0 for no limit
   */
  public AdamW(
      Map<String, NDArray> parameters, Device device, double beta2, double maxGradientNorm) {
    String forward =
        FORWARD
            .replace("BETA1", Double.toString(BETA1))
            .replace("BETA2", Double.toString(beta2))
            .replace("CLIP", Double.toString(maxGradientNorm == 0 ? NO_LIMIT : maxGradientNorm));
    this.module =
        LoadedModule.assembled(
            new ModuleNode(new ModuleKind("AdamW", forward), Map.of()),
            new Weights(Map.of()),
            device,
            Precision.FLOAT32,
            Precision.FLOAT32,
            false);
    this.store = new ParameterStore(module.manager(), false);
    this.manager = module.manager().newSubManager();
    List<Slot> made = new ArrayList<>();
    parameters.forEach(
        (name, parameter) ->
            made.add(
                new Slot(
                    name,
                    parameter,
                    twin(parameter).muli(0),
                    twin(parameter).muli(0),
                    twin(parameter))));
    this.slots = List.copyOf(made);
  }

  /**
   * Takes one step with the gradients that the parameters hold, and clears these.
   *
   * @param step number of this step, from 1, for the correction of the moments' bias
   * @param keep share of the old average that stays, in [0, 1]
   * @return norm over all gradients before clipping
   */
  public float step(long step, double learningRate, double weightDecay, double keep) {
    try (NDManager scope = manager.newSubManager()) {
      NDArray number = scope.create((float) step);
      NDList inputs = new NDList(6 * slots.size() + 3);
      slots.forEach(slot -> inputs.add(member("parameters[]", slot.parameter())));
      for (Slot slot : slots) {
        NDArray gradient = slot.parameter().getGradient();
        gradient.attach(scope);
        inputs.add(member("gradients[]", gradient));
      }
      slots.forEach(slot -> inputs.add(member("first[]", slot.firstMoment())));
      slots.forEach(slot -> inputs.add(member("second[]", slot.secondMoment())));
      slots.forEach(slot -> inputs.add(member("averages[]", slot.average())));
      slots.forEach(slot -> inputs.add(member("steps[]", number.duplicate())));
      inputs.add(scope.create((float) learningRate));
      inputs.add(scope.create((float) weightDecay));
      inputs.add(scope.create((float) keep));
      NDArray norm = module.block().forward(store, inputs, false).singletonOrThrow();
      norm.attach(scope);
      return norm.getFloat();
    }
  }

  /**
   * Goes on from values that were read of one array of every slot in an earlier run; they are asked
   * for one at a time.
   *
   * @param values of the array by the parameter's name
   * @throws IllegalArgumentException if there are too few values for a parameter, or too many
   */
  public void restore(Function<Slot, NDArray> part, Function<String, Weights.Tensor> values) {
    for (Slot slot : slots) {
      overwrite(part.apply(slot), slot.name(), values.apply(slot.name()));
    }
  }

  /** All parameters with what belongs to them, in the order they were given. */
  public List<Slot> slots() {
    return slots;
  }

  /** A copy of one array of every slot. */
  public Weights read(Function<Slot, NDArray> part) {
    Map<String, Weights.Tensor> tensors = new LinkedHashMap<>();
    for (Slot slot : slots) {
      tensors.put(
          slot.name(), new Weights.Tensor(shape(part.apply(slot)), values(part.apply(slot))));
    }
    return new Weights(tensors);
  }

  @Override
  public void close() {
    manager.close();
    module.close();
  }

  /**
   * A copy of the values of a slot's array, in row-major order. DJL leaves a copy of what is not
   * row-major with the array's manager, so a view with a manager of its own is read.
   */
  public static float[] values(NDArray array) {
    try (NDManager scope = array.getManager().newSubManager()) {
      NDArray view = array.stopGradient();
      view.attach(scope);
      return view.toFloatArray();
    }
  }

  private static long[] shape(NDArray array) {
    return array.getShape().getShape();
  }

  /** In place, element by element, so that the memory layout stays. */
  private static void overwrite(NDArray target, String name, Weights.Tensor tensor) {
    if (!Arrays.equals(tensor.shape(), shape(target))) {
      throw new IllegalArgumentException(
          "the training state holds %s for '%s'; the network needs shape %s"
              .formatted(Arrays.toString(tensor.shape()), name, Arrays.toString(shape(target))));
    }
    try (NDArray values = target.getManager().create(tensor.values(), new Shape(tensor.shape()))) {
      target.muli(0).addi(values);
    }
  }

  /** A copy that keeps the memory layout, on which the fused update relies. */
  private NDArray twin(NDArray parameter) {
    try (NDArray detached = parameter.stopGradient()) {
      NDArray copy = detached.duplicate();
      copy.attach(manager);
      return copy;
    }
  }

  /** DJL hands arrays that share a name ending in [] over as one list. */
  private static NDArray member(String list, NDArray array) {
    array.setName(list);
    return array;
  }
}
