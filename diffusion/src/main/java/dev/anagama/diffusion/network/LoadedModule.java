package dev.anagama.diffusion.network;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** A TorchScript module in PyTorch's memory. */
final class LoadedModule implements AutoCloseable {
  private final Model model;

  private LoadedModule(Model model) {
    this.model = model;
  }

  /** Assembles the archive in a temporary file and loads it. */
  static LoadedModule assembled(
      ModuleNode root,
      Weights weights,
      Device device,
      Precision storage,
      Precision compute,
      boolean trained) {
    try {
      Path file = Files.createTempFile("anagama-network", ".pt");
      try {
        TorchScriptArchive.write(file, root, weights, storage, compute);
        return load(file, device, trained);
      } finally {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the network's archive to a temporary file", e);
    }
  }

  /**
   * Loads an archive.
   *
   * @throws IllegalArgumentException if PyTorch does not accept the file
   */
  static LoadedModule load(Path file, Device device, boolean trained) {
    Model model = Model.newInstance("network", device, "PyTorch");
    try {
      NativeHeap.keepFreedMemory(model.getNDManager());
      model.load(
          file,
          null,
          Map.of("trainParam", Boolean.toString(trained), "mapLocation", Boolean.toString(true)));
      return new LoadedModule(model);
    } catch (IOException | MalformedModelException | RuntimeException e) {
      model.close();
      throw new IllegalArgumentException(
          "%s is not a TorchScript archive that loads: %s".formatted(file, firstLine(e)), e);
    }
  }

  /**
   * Lets DJL name the block's inputs, which it else does in the first pass in training: with two
   * threads in that one, they would get in each other's way.
   *
   * @param inputs a shape for each input, of any size
   */
  void readyToTrain(Shape... inputs) {
    model.getBlock().initialize(manager(), DataType.FLOAT32, inputs);
  }

  Block block() {
    return model.getBlock();
  }

  NDManager manager() {
    return model.getNDManager();
  }

  @Override
  public void close() {
    model.close();
  }

  /** PyTorch's messages may begin with an empty line and end in its own stack. */
  private static String firstLine(Exception e) {
    return String.valueOf(e.getMessage())
        .lines()
        .filter(line -> !line.isBlank())
        .findFirst()
        .orElse("");
  }
}
