package dev.anagama.diffusion.network;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import java.util.Map;

/**
 * Multiplies square matrices and does nothing else: what a device can reach in a precision, to hold
 * a network's arithmetic against. It is a TorchScript program like the networks, because DJL has no
 * arrays of bfloat16.
 *
 * <p>Used by one thread.
 */
public final class MatrixProductProbe implements AutoCloseable {
  /** Products in one run, so that casting the factors once does not count. */
  private static final int PRODUCTS = 8;

  private static final double OPERATIONS_OF_A_TERM = 2;

  private final LoadedModule module;
  private final ParameterStore parameters;
  private final NDManager manager;
  private final NDArray factor;
  private final int size;

  private MatrixProductProbe(LoadedModule module, Device device, int size) {
    this.module = module;
    this.parameters = new ParameterStore(module.manager(), false);
    this.manager = NDManager.newBaseManager(device);
    this.size = size;
    // Of this scale products neither grow nor vanish.
    this.factor = manager.randomNormal(new Shape(size, size)).divi(Math.sqrt(size));
  }

  /**
   * A probe of matrices of {@code size} rows and columns.
   *
   * @param size at least 1
   */
  public static MatrixProductProbe open(Device device, Precision precision, int size) {
    return new MatrixProductProbe(
        LoadedModule.assembled(
            new ModuleNode(new ModuleNode.ModuleKind("MatrixProducts", forward()), Map.of()),
            new Weights(Map.of()),
            device,
            precision,
            precision,
            false),
        device,
        size);
  }

  /** Multiplications and additions in one run, counted one by one. */
  public double operations() {
    return OPERATIONS_OF_A_TERM * PRODUCTS * size * size * size;
  }

  /** Runs all products and waits for their end. */
  public void run() {
    try (NDArray corner =
        module.block().forward(parameters, new NDList(factor), false).singletonOrThrow()) {
      corner.getFloat();
    }
  }

  @Override
  public void close() {
    manager.close();
    module.close();
  }

  private static String forward() {
    StringBuilder text =
        new StringBuilder(
            """
              def forward(self: __torch__.MatrixProducts,
                x: Tensor) -> Tensor:
                a = torch.to(x, COMPUTE)
                b = torch.mm(a, a)
            """);
    for (int product = 1; product < PRODUCTS; product++) {
      text.append("    b = torch.mm(a, b)\n");
    }
    return text.append("    return torch.to(torch.select(torch.select(b, 0, 0), 0, 0), 6)\n")
        .toString();
  }
}
