package dev.anagama.diffusion.network;

import dev.anagama.diffusion.network.ModuleNode.Attribute;
import dev.anagama.diffusion.network.ModuleNode.Attribute.Child;
import dev.anagama.diffusion.network.ModuleNode.ModuleKind;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The U-Net as a tree of TorchScript modules whose root's {@code forward} is unrolled from the
 * configuration.
 *
 * <p>Signature: {@code forward(z: float32[N,C,H,W], log_snr: float32[N], condition: int64[N]) ->
 * float32[N,C,H,W]}, the prediction of the noise. Each level halves the side by a strided
 * convolution and is met again on the way up, where the features of the way down are concatenated.
 */
final class UNetProgram {
  /** The level of what does not see the image. */
  static final int NO_LEVEL = -1;

  private UNetProgram() {}

  /** The module tree of {@code config}, as it is described and trained. */
  static ModuleNode root(UNetConfig config) {
    return assembled(config, false, false).root();
  }

  /**
   * The same function of the same weights, up to rounding, as a processor computes it fastest; see
   * {@link ServedModules}. It can not be trained.
   *
   * @param packed whether convolutions keep their weights in oneDNN's order; the first pass must
   *     then be over before another begins
   */
  static ModuleNode served(UNetConfig config, boolean packed) {
    return assembled(config, true, packed).root();
  }

  private static Assembly assembled(UNetConfig config, boolean served, boolean packed) {
    Assembly assembly = new Assembly(config, served, packed);
    assembly.enter();
    assembly.down();
    assembly.middle();
    assembly.up();
    assembly.leave();
    return assembly;
  }

  /**
   * At which level each child of the root computes, 0 being the finest; {@link #NO_LEVEL} if it
   * does so once for a row.
   */
  static Map<String, Integer> levels(UNetConfig config) {
    return assembled(config, false, false).levels;
  }

  /** Collects attributes and lines of the root while walking through the levels once. */
  private static final class Assembly {
    private final UNetConfig config;
    private final boolean served;
    private final boolean packed;
    private final List<Integer> channels;
    private final Map<String, Attribute> attributes = new LinkedHashMap<>();
    private final Map<String, Integer> levels = new LinkedHashMap<>();
    private final Map<String, Integer> widthOfBlock = new LinkedHashMap<>();
    private final StringBuilder forward = new StringBuilder();

    Assembly(UNetConfig config, boolean served, boolean packed) {
      this.config = config;
      this.served = served;
      this.packed = packed;
      this.channels = config.channelsPerLevel();
    }

    void enter() {
      int folded = config.imageChannels() * config.patchSize() * config.patchSize();
      child(
          "embedding",
          NO_LEVEL,
          UNetModules.embedding(config.embeddingChannels(), config.classes()));
      line("x = torch.to(z, COMPUTE)");
      if (config.patchSize() > 1) {
        line("x = torch.pixel_unshuffle(x, " + config.patchSize() + ")");
      }
      // Memory format 2 is channels-last, the layout in which the convolutions are fastest.
      line("x = torch.contiguous(x, memory_format=2)");
      call("stem", 0, conv(UNetModules.conv3(folded, channels.get(0), 1), 1), "h", "x");
    }

    void down() {
      for (int level = 0; level < channels.size() - 1; level++) {
        int width = channels.get(level);
        for (int block = 0; block < config.blocksPerLevel().get(level); block++) {
          residual("down_" + level + "_" + block, level, width, width);
        }
        line("skip_" + level + " = h");
        call(
            "shrink_" + level,
            level + 1,
            conv(UNetModules.conv3(width, channels.get(level + 1), 2), 2),
            "h",
            "h");
      }
    }

    void middle() {
      int level = channels.size() - 1;
      int width = channels.get(level);
      for (int block = 0; block < config.middleBlocks(); block++) {
        residual("middle_" + block, level, width, width);
        if (block == 0 && config.attentionHeads() > 0) {
          call(
              "attention",
              level,
              UNetModules.selfAttention(width, config.attentionHeads(), config.normGroups()),
              "h",
              "h");
        }
      }
    }

    void up() {
      for (int level = channels.size() - 2; level >= 0; level--) {
        int width = channels.get(level);
        grow("grow_" + level, level, channels.get(level + 1), width);
        line("h = torch.cat([h, skip_" + level + "], 1)");
        for (int block = 0; block < config.blocksPerLevel().get(level); block++) {
          residual("up_" + level + "_" + block, level, block == 0 ? 2 * width : width, width);
        }
      }
    }

    void leave() {
      int width = channels.get(0);
      int folded = config.imageChannels() * config.patchSize() * config.patchSize();
      call("norm", 0, UNetModules.groupNorm(width, config.normGroups()), "h", "h");
      line(served ? "h = torch.silu_(h)" : "h = torch.silu(h)");
      call("head", 0, conv(UNetModules.zeroConv3(width, folded), 1), "h", "h");
      if (config.patchSize() > 1) {
        line("h = torch.pixel_shuffle(h, " + config.patchSize() + ")");
      }
      line("return torch.contiguous(torch.to(h, 6))");
    }

    /** The root module, once all levels have been walked through. */
    ModuleNode root() {
      StringBuilder text =
          new StringBuilder(
              """
                def forward(self: __torch__.UNet,
                  z: Tensor,
                  log_snr: Tensor,
                  condition: Tensor) -> Tensor:
                  e = (self.embedding).forward(log_snr, condition, )
              """);
      Map<String, Attribute> all = new LinkedHashMap<>(attributes);
      if (served) {
        all.put(
            "modulations",
            new Child(ServedModules.modulations(config.embeddingChannels(), widthOfBlock)));
        text.append("    m = (self.modulations).forward(e, )\n");
      }
      return new ModuleNode(new ModuleKind("UNet", text.append(forward).toString()), all);
    }

    private ModuleNode conv(ModuleNode plain, int stride) {
      return packed ? ServedModules.packed(plain, stride) : plain;
    }

    private void grow(String name, int level, int in, int out) {
      if (served) {
        call(name, level, ServedModules.doublingConv3(name, in, out), "h", "h");
      } else {
        line("h = torch.upsample_nearest2d(h, None, [2., 2.])");
        call(name, level, UNetModules.conv3(in, out, 1), "h", "h");
      }
    }

    private void residual(String name, int level, int in, int out) {
      if (served) {
        int part = 2 * widthOfBlock.size();
        widthOfBlock.put(name, out);
        child(
            name,
            level,
            ServedModules.residualBlock(in, out, config.normGroups(), plain -> conv(plain, 1)));
        line("h = (self.%s).forward(h, m[%d], m[%d], )".formatted(name, part, part + 1));
        return;
      }
      child(
          name,
          level,
          UNetModules.residualBlock(in, out, config.embeddingChannels(), config.normGroups()));
      line("h = (self." + name + ").forward(h, e, )");
    }

    private void call(String name, int level, ModuleNode node, String result, String argument) {
      child(name, level, node);
      line(result + " = (self." + name + ").forward(" + argument + ", )");
    }

    private void child(String name, int level, ModuleNode node) {
      attributes.put(name, new Child(node));
      levels.put(name, level);
    }

    private void line(String text) {
      forward.append("    ").append(text).append('\n');
    }
  }
}
