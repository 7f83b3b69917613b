package dev.anagama.diffusion.network;

import dev.anagama.diffusion.network.ModuleNode.Attribute;
import dev.anagama.diffusion.network.ModuleNode.ModuleKind;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Writes a module tree as the archive that PyTorch loads with {@code torch.jit.load}.
 *
 * <p>The archive is a stored zip: {@code data.pkl} holds the tree (pickle protocol 2, tensors as
 * persistent ids), {@code code/__torch__.py} the classes, {@code data/KEY} the tensors' bytes.
 * Four-dimensional weights are laid out channels-last, which their strides tell.
 */
final class TorchScriptArchive {
  private static final String NAME = "network";
  private static final String TENSOR_CLASS = "torch._utils";

  private final Weights weights;
  private final Precision storage;
  private final Precision compute;
  private final Map<ModuleKind, String> classes = new LinkedHashMap<>();
  private final List<Supplier<byte[]>> storages = new ArrayList<>();
  private final Pickle pickle = new Pickle();

  private TorchScriptArchive(Weights weights, Precision storage, Precision compute) {
    this.weights = weights;
    this.storage = storage;
    this.compute = compute;
  }

  /**
   * Writes {@code root} with its weights to a file.
   *
   * @param storage type in which parameters are kept; float32 to train
   * @param compute type of the arithmetic; parameters of another type are cast where they are used
   * @throws IllegalArgumentException if weights are missing, of another shape, or beyond the range
   *     of {@code storage}
   */
  static void write(
      Path file, ModuleNode root, Weights weights, Precision storage, Precision compute)
      throws IOException {
    TorchScriptArchive archive = new TorchScriptArchive(weights, storage, compute);
    archive.pickle.begin();
    archive.module("", root);
    byte[] tree = archive.pickle.end();
    try (OutputStream out = Files.newOutputStream(file);
        ZipOutputStream zip = new ZipOutputStream(out)) {
      zip.setMethod(ZipOutputStream.STORED);
      entry(zip, "data.pkl", tree);
      entry(zip, "code/__torch__.py", utf8(String.join("", archive.classes.values())));
      entry(zip, "constants.pkl", Pickle.emptyTuple());
      entry(zip, "version", utf8("3\n"));
      entry(zip, "byteorder", utf8("little"));
      for (int key = 0; key < archive.storages.size(); key++) {
        // One at a time: all of a large network's would fill the heap a second time.
        entry(zip, "data/" + key, archive.storages.get(key).get());
      }
    }
  }

  /** Pickles a node; a class is declared once, after the classes of its children. */
  private void module(String path, ModuleNode node) {
    pickle.beginObject("__torch__", node.kind().name());
    node.attributes()
        .forEach(
            (name, attribute) -> {
              pickle.text(name);
              attribute(path + name, attribute);
            });
    pickle.text("training");
    pickle.bool(true);
    pickle.endObject();
    classes.computeIfAbsent(node.kind(), kind -> declaration(requireNewName(node)));
  }

  /** Two classes of one name would be one class to PyTorch, the later. */
  private ModuleNode requireNewName(ModuleNode node) {
    String name = node.kind().name();
    if (classes.keySet().stream().anyMatch(kind -> kind.name().equals(name))) {
      throw new IllegalStateException("two classes of the program are named " + name);
    }
    return node;
  }

  private void attribute(String path, Attribute attribute) {
    if (attribute instanceof Attribute.Child child) {
      module(path + ".", child.node());
    } else if (attribute instanceof Attribute.Parameter parameter) {
      Weights.Tensor tensor = weights.tensors().get(path);
      if (tensor == null || !Arrays.equals(tensor.shape(), parameter.shape())) {
        throw new IllegalArgumentException(
            "weights hold %s for '%s'; the network needs shape %s"
                .formatted(
                    tensor == null ? "nothing" : Arrays.toString(tensor.shape()),
                    path,
                    Arrays.toString(parameter.shape())));
      }
      tensor(path, tensor.shape(), tensor::values, storage);
    } else if (attribute instanceof Attribute.Derived derived) {
      tensor(path, derived.shape(), () -> derived.values().apply(weights), storage);
    } else if (attribute instanceof Attribute.Buffer buffer) {
      tensor(path, buffer.shape(), buffer::values, Precision.FLOAT32);
    }
  }

  private void tensor(String path, long[] shape, Supplier<float[]> values, Precision type) {
    boolean channelsLast = shape.length == 4;
    long[] strides = channelsLast ? channelsLastStrides(shape) : rowMajorStrides(shape);
    int key = storages.size();
    storages.add(
        () -> bytes(path, channelsLast ? channelsLast(shape, values.get()) : values.get(), type));
    pickle.tensor(
        TENSOR_CLASS,
        type.storage(),
        key,
        Math.toIntExact(Weights.Tensor.count(shape)),
        shape,
        strides);
  }

  private static byte[] bytes(String path, float[] values, Precision type) {
    ByteBuffer out =
        ByteBuffer.allocate(values.length * type.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      switch (type) {
        case FLOAT32 -> out.putFloat(value);
        case BFLOAT16 -> out.putShort(BFloat16.fromFloat(value));
        case FLOAT16 -> {
          if (Float16.overflows(value)) {
            throw new IllegalArgumentException(
                "'%s' holds %s, which float16 does not reach; use bfloat16 or float32"
                    .formatted(path, value));
          }
          out.putShort(Float16.fromFloat(value));
        }
      }
    }
    return out.array();
  }

  private static long[] rowMajorStrides(long[] shape) {
    long[] strides = new long[shape.length];
    long stride = 1;
    for (int i = shape.length - 1; i >= 0; i--) {
      strides[i] = stride;
      stride *= shape[i];
    }
    return strides;
  }

  private static long[] channelsLastStrides(long[] shape) {
    long in = shape[1];
    return new long[] {in * shape[2] * shape[3], 1, in * shape[3], in};
  }

  /** Reorders [out, in, height, width] to [out, height, width, in]. */
  private static float[] channelsLast(long[] shape, float[] values) {
    int in = (int) shape[1];
    int positions = (int) (shape[2] * shape[3]);
    float[] reordered = new float[values.length];
    for (int out = 0; out < shape[0]; out++) {
      int start = out * in * positions;
      for (int channel = 0; channel < in; channel++) {
        for (int position = 0; position < positions; position++) {
          reordered[start + position * in + channel] =
              values[start + channel * positions + position];
        }
      }
    }
    return reordered;
  }

  private String declaration(ModuleNode node) {
    StringBuilder text = new StringBuilder("class " + node.kind().name() + "(Module):\n");
    text.append("  __parameters__ = ").append(names(node, Attribute.Parameter.class));
    text.append("  __buffers__ = ").append(names(node, Attribute.Buffer.class));
    node.attributes()
        .forEach(
            (name, attribute) -> {
              String type =
                  attribute instanceof Attribute.Child child
                      ? "__torch__." + child.node().kind().name()
                      : "Tensor";
              text.append("  ").append(name).append(" : ").append(type).append('\n');
            });
    text.append("  training : bool\n");
    return text.append(inPrecision(node.kind().forward())).toString();
  }

  private static String names(ModuleNode node, Class<? extends Attribute> type) {
    StringBuilder list = new StringBuilder("[");
    node.attributes()
        .forEach(
            (name, attribute) -> {
              if (type.isInstance(attribute)) {
                list.append('"').append(name).append("\", ");
              }
            });
    return list.append("]\n").toString();
  }

  private String inPrecision(String forward) {
    String cast = storage == compute ? "$1" : "torch.to($1, " + compute.scalarType() + ")";
    return forward
        .replaceAll("cast\\(([a-z_.]+)\\)", cast)
        .replace("COMPUTE", Integer.toString(compute.scalarType()));
  }

  private static void entry(ZipOutputStream zip, String name, byte[] content) throws IOException {
    CRC32 crc = new CRC32();
    crc.update(content);
    ZipEntry entry = new ZipEntry(NAME + "/" + name);
    entry.setSize(content.length);
    entry.setCrc(crc.getValue());
    zip.putNextEntry(entry);
    zip.write(content);
    zip.closeEntry();
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
