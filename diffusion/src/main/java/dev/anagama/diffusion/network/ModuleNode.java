package dev.anagama.diffusion.network;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/**
 * One module of a TorchScript program: its class and its attributes in declaration order.
 *
 * @param kind the class, which several nodes may share
 * @param attributes children, parameters and buffers by name
 */
record ModuleNode(ModuleKind kind, Map<String, Attribute> attributes) {

  /**
   * A TorchScript class.
   *
   * @param name name in the program, unique for its set of attributes and its method
   * @param forward the {@code forward} method as TorchScript text, indented by two spaces; {@code
   *     cast(...)} around a parameter and {@code COMPUTE} stand for the arithmetic's type
   */
  record ModuleKind(String name, String forward) {}

  /** What a module holds. */
  sealed interface Attribute {
    /** A trained tensor; its weight-file name is the dotted path to it. */
    record Parameter(long[] shape, Initialization initialization) implements Attribute {}

    /** A fixed tensor that follows from the configuration and is in no weight file. */
    record Buffer(long[] shape, float[] values) implements Attribute {}

    /**
     * A tensor that follows from the weights: what served modules need in another arrangement.
     *
     * @param values row-major, from all weights of the network
     */
    record Derived(long[] shape, Function<Weights, float[]> values) implements Attribute {}

    /** A module inside this one. */
    record Child(ModuleNode node) implements Attribute {}
  }

  /** How a parameter starts. */
  enum Initialization {
    /** Uniform in +-1/sqrt(fan-in), the fan-in being the product of all but the first dimension. */
    FAN_IN_UNIFORM,
    /** Standard normal. */
    NORMAL,
    /** All zero: the branch that it closes starts as the identity. */
    ZERO,
    /** All one. */
    ONE
  }

  ModuleNode {
    attributes = new LinkedHashMap<>(attributes);
  }

  /** All parameters below this node by dotted name, in declaration order. */
  Map<String, Attribute.Parameter> parameters() {
    Map<String, Attribute.Parameter> found = new LinkedHashMap<>();
    collect("", found);
    return found;
  }

  private void collect(String prefix, Map<String, Attribute.Parameter> found) {
    attributes.forEach(
        (name, attribute) -> {
          if (attribute instanceof Attribute.Child child) {
            child.node().collect(prefix + name + ".", found);
          } else if (attribute instanceof Attribute.Parameter parameter) {
            found.put(prefix + name, parameter);
          }
        });
  }
}
