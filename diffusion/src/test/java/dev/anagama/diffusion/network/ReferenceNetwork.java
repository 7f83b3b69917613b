package dev.anagama.diffusion.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.anagama.diffusion.network.UNetArchitecture.Resampling;
import dev.anagama.diffusion.network.UNetArchitecture.Skips;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;

/**
 * What the TorchScript program computes, written once more in array operations and in float64; no
 * convolution, normalisation or attention of PyTorch is used. Slow, and meant to be read beside
 * {@code docs/checkpoint-format.md}.
 *
 * <p>{@code path} is the name of a module with a dot behind it, empty for the root.
 */
final class ReferenceNetwork {
  private final NDManager manager;
  private final Map<String, NDArray> weights = new LinkedHashMap<>();

  ReferenceNetwork(NDManager manager, Weights weights) {
    this.manager = manager;
    weights
        .tensors()
        .forEach(
            (name, tensor) ->
                this.weights.put(
                    name,
                    manager
                        .create(tensor.values(), new Shape(tensor.shape()))
                        .toType(DataType.FLOAT64, true)));
  }

  NDArray unet(UNetConfig config, NDArray z, NDArray logSnr, NDArray condition) {
    boolean everyBlock = config.architecture().skips() == Skips.BLOCK;
    int last = config.channelsPerLevel().size() - 1;
    Deque<NDArray> skips = new ArrayDeque<>();

    NDArray e = embedding("embedding.", logSnr, condition);
    NDArray h = conv("stem.", unshuffle(z.toType(DataType.FLOAT64, true), config.patchSize()), 1);
    if (everyBlock) {
      skips.push(h);
    }
    for (int level = 0; level <= last; level++) {
      for (int block = 0; block < blocks(config, level); block++) {
        h = stage(config, "down_" + level + "_" + block, level, h, e);
        if (everyBlock) {
          skips.push(h);
        }
      }
      if (level < last) {
        NDArray left = h;
        h = shrink(config, "shrink_" + level + ".", h, e);
        skips.push(everyBlock ? h : left);
      }
    }
    for (int block = 0; block < config.middleBlocks(); block++) {
      h = residualBlock("middle_" + block + ".", h, e, config.normGroups());
      if (block == 0 && heads(config, h) > 0) {
        h = selfAttention("attention.", h, heads(config, h), config.normGroups());
      }
    }
    for (int level = last; level >= 0; level--) {
      if (level < last) {
        h = grow(config, "grow_" + level + ".", h, e);
        h = everyBlock ? h : h.concat(skips.pop(), 1);
      }
      for (int block = 0; block < blocks(config, level) + (everyBlock ? 1 : 0); block++) {
        h = everyBlock ? h.concat(skips.pop(), 1) : h;
        h = stage(config, "up_" + level + "_" + block, level, h, e);
      }
    }
    NDArray normed = groupNorm("norm.", h, config.normGroups());
    return shuffle(conv("head.", silu(normed), 1), config.patchSize());
  }

  private static int blocks(UNetConfig config, int level) {
    List<Integer> blocks = config.blocksPerLevel();
    return level < blocks.size() ? blocks.get(level) : 0;
  }

  private static int heads(UNetConfig config, NDArray h) {
    int headChannels = config.architecture().headChannels();
    return headChannels > 0 ? (int) h.getShape().get(1) / headChannels : config.attentionHeads();
  }

  private NDArray stage(UNetConfig config, String name, int level, NDArray x, NDArray e) {
    NDArray h = residualBlock(name + ".", x, e, config.normGroups());
    return config.architecture().attentionLevels().contains(level)
        ? selfAttention(name + "_attention.", h, heads(config, h), config.normGroups())
        : h;
  }

  private NDArray shrink(UNetConfig config, String path, NDArray h, NDArray e) {
    return config.architecture().resampling() == Resampling.RESIDUAL
        ? residualBlock(path, h, e, config.normGroups(), ReferenceNetwork::halved)
        : conv(path, h, 2);
  }

  private NDArray grow(UNetConfig config, String path, NDArray h, NDArray e) {
    return config.architecture().resampling() == Resampling.RESIDUAL
        ? residualBlock(path, h, e, config.normGroups(), ReferenceNetwork::doubled)
        : conv(path, doubled(h), 1);
  }

  NDArray classifier(ClassifierConfig config, NDArray z, NDArray logSnr) {
    NDArray e = silu(level("embedding.", logSnr));
    NDArray h = conv("stem.", unshuffle(z.toType(DataType.FLOAT64, true), config.patchSize()), 1);
    for (int level = 0; level < config.channelsPerLevel().size(); level++) {
      if (level > 0) {
        h = conv("shrink_" + (level - 1) + ".", h, 2);
      }
      for (int block = 0; block < config.blocksPerLevel().get(level); block++) {
        h = residualBlock("down_" + level + "_" + block + ".", h, e, 1);
      }
    }
    NDArray pooled = attentionPool("pool.", silu(groupNorm("norm.", h, 1)), config.poolHeads());
    return linear("head.", pooled);
  }

  NDArray conv(String path, NDArray x, int stride) {
    NDArray weight = weight(path + "weight");
    long side = weight.getShape().get(2);
    NDArray padded = padded(x, side / 2);
    long height = (padded.getShape().get(2) - side) / stride + 1;
    long width = (padded.getShape().get(3) - side) / stride + 1;
    NDArray sum = weight(path + "bias");
    for (long dy = 0; dy < side; dy++) {
      for (long dx = 0; dx < side; dx++) {
        NDArray seen =
            padded.get(
                new NDIndex(
                    ":, :, %d:%d:%d, %d:%d:%d"
                        .formatted(
                            dy,
                            dy + (height - 1) * stride + 1,
                            stride,
                            dx,
                            dx + (width - 1) * stride + 1,
                            stride)));
        NDArray tap = weight.get(new NDIndex(":, :, %d, %d".formatted(dy, dx)));
        sum = sum.add(seen.transpose(0, 2, 3, 1).matMul(tap.transpose()));
      }
    }
    return sum.transpose(0, 3, 1, 2);
  }

  NDArray linear(String path, NDArray x) {
    return x.matMul(weight(path + "weight").transpose()).add(weight(path + "bias"));
  }

  NDArray groupNorm(String path, NDArray x, int groups) {
    Shape shape = x.getShape();
    NDArray flat = x.reshape(shape.get(0), groups, -1);
    NDArray centered = flat.sub(flat.mean(new int[] {2}, true));
    NDArray variance = centered.square().mean(new int[] {2}, true);
    return centered
        .div(variance.add(1e-5).sqrt())
        .reshape(shape)
        .mul(weight(path + "weight").reshape(1, -1, 1, 1))
        .add(weight(path + "bias").reshape(1, -1, 1, 1));
  }

  NDArray embedding(String path, NDArray logSnr, NDArray condition) {
    return silu(level(path, logSnr).add(weight(path + "conditions").get(condition)));
  }

  NDArray level(String path, NDArray logSnr) {
    double[] frequencies = new double[32];
    for (int i = 0; i < 32; i++) {
      frequencies[i] = 0.1 * Math.pow(100, i / 31.0);
    }
    NDArray phase =
        logSnr
            .toType(DataType.FLOAT64, true)
            .div(4)
            .reshape(-1, 1)
            .mul(manager.create(frequencies));
    NDArray waves = phase.sin().concat(phase.cos(), 1);
    return linear(path + "second.", silu(linear(path + "first.", waves)));
  }

  NDArray residualBlock(String path, NDArray x, NDArray e, int groups) {
    return residualBlock(path, x, e, groups, UnaryOperator.identity());
  }

  private NDArray residualBlock(
      String path, NDArray input, NDArray e, int groups, UnaryOperator<NDArray> resized) {
    NDArray x = resized.apply(input);
    NDArray h = resized.apply(silu(groupNorm(path + "norm_in.", input, groups)));
    h = conv(path + "conv_in.", h, 1);
    NDList gainAndShift = linear(path + "modulation.", e).split(2, 1);
    NDArray gain = gainAndShift.get(0).add(1).reshape(x.getShape().get(0), -1, 1, 1);
    NDArray shift = gainAndShift.get(1).reshape(x.getShape().get(0), -1, 1, 1);
    h = groupNorm(path + "norm_out.", h, groups).mul(gain).add(shift);
    h = conv(path + "conv_out.", silu(h), 1);
    return (weights.containsKey(path + "across.weight") ? conv(path + "across.", x, 1) : x).add(h);
  }

  NDArray selfAttention(String path, NDArray x, int heads, int groups) {
    Shape shape = x.getShape();
    long n = shape.get(0);
    long channels = shape.get(1);
    long positions = shape.get(2) * shape.get(3);
    NDArray tokens =
        groupNorm(path + "norm.", x, groups)
            .reshape(n, channels, positions)
            .transpose(0, 2, 1)
            .reshape(n, positions, channels);
    NDArray qkv = linear(path + "qkv.", tokens);
    NDList parts = qkv.split(3, 2);
    NDArray q = byHead(parts.get(0), heads);
    NDArray k = byHead(parts.get(1), heads);
    NDArray v = byHead(parts.get(2), heads);
    NDArray scores = q.matMul(k.transpose(0, 1, 3, 2)).div(Math.sqrt((double) channels / heads));
    NDArray mixed =
        scores.softmax(3).matMul(v).transpose(0, 2, 1, 3).reshape(n, positions, channels);
    return x.add(linear(path + "out.", mixed).transpose(0, 2, 1).reshape(shape));
  }

  NDArray attentionPool(String path, NDArray x, int heads) {
    Shape shape = x.getShape();
    long n = shape.get(0);
    long channels = shape.get(1);
    NDArray tokens = x.reshape(n, channels, -1).transpose(0, 2, 1).reshape(n, -1, channels);
    NDArray mean = tokens.mean(new int[] {1}, true);
    NDList parts = linear(path + "key_value.", tokens).split(2, 2);
    NDArray q = byHead(linear(path + "query.", mean), heads);
    NDArray k = byHead(parts.get(0), heads);
    NDArray v = byHead(parts.get(1), heads);
    NDArray scores = q.matMul(k.transpose(0, 1, 3, 2)).div(Math.sqrt((double) channels / heads));
    return scores.softmax(3).matMul(v).transpose(0, 2, 1, 3).reshape(n, channels);
  }

  static NDArray silu(NDArray x) {
    return x.div(x.neg().exp().add(1));
  }

  /** [N, positions, channels] to [N, heads, positions, channels / heads]. */
  private static NDArray byHead(NDArray tokens, int heads) {
    Shape shape = tokens.getShape();
    return tokens
        .reshape(shape.get(0), shape.get(1), heads, shape.get(2) / heads)
        .transpose(0, 2, 1, 3);
  }

  /** The mean of each 2x2 pixels. */
  private static NDArray halved(NDArray x) {
    Shape s = x.getShape();
    return x.reshape(s.get(0), s.get(1), s.get(2) / 2, 2, s.get(3) / 2, 2)
        .mean(new int[] {5})
        .mean(new int[] {3});
  }

  /** Every pixel four times. */
  private static NDArray doubled(NDArray x) {
    Shape s = x.getShape();
    NDArray cells = x.reshape(s.get(0), s.get(1), s.get(2), 1, s.get(3), 1);
    return cells
        .broadcast(s.get(0), s.get(1), s.get(2), 2, s.get(3), 2)
        .reshape(s.get(0), s.get(1), 2 * s.get(2), 2 * s.get(3));
  }

  /** Pixel (i, j) of each patch becomes channel {@code c * patch^2 + i * patch + j}. */
  private static NDArray unshuffle(NDArray x, int patch) {
    Shape s = x.getShape();
    return x.reshape(s.get(0), s.get(1), s.get(2) / patch, patch, s.get(3) / patch, patch)
        .transpose(0, 1, 3, 5, 2, 4)
        .reshape(s.get(0), -1, s.get(2) / patch, s.get(3) / patch);
  }

  private static NDArray shuffle(NDArray x, int patch) {
    Shape s = x.getShape();
    long channels = s.get(1) / patch / patch;
    return x.reshape(s.get(0), channels, patch, patch, s.get(2), s.get(3))
        .transpose(0, 1, 4, 2, 5, 3)
        .reshape(s.get(0), channels, s.get(2) * patch, s.get(3) * patch);
  }

  private NDArray padded(NDArray x, long margin) {
    if (margin == 0) {
      return x;
    }
    Shape s = x.getShape();
    NDArray rows = manager.zeros(new Shape(s.get(0), s.get(1), margin, s.get(3)), DataType.FLOAT64);
    NDArray tall = rows.concat(x, 2).concat(rows, 2);
    NDArray columns =
        manager.zeros(
            new Shape(s.get(0), s.get(1), s.get(2) + 2 * margin, margin), DataType.FLOAT64);
    return columns.concat(tall, 3).concat(columns, 3);
  }

  private NDArray weight(String name) {
    return Objects.requireNonNull(weights.get(name), name);
  }
}
