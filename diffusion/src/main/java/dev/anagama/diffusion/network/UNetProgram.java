package dev.anagama.diffusion.network;

import dev.anagama.diffusion.network.ModuleNode.Attribute;
import dev.anagama.diffusion.network.ModuleNode.Attribute.Child;
import dev.anagama.diffusion.network.ModuleNode.ModuleKind;
import dev.anagama.diffusion.network.UNetLayout.Part;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The U-Net as a tree of TorchScript modules whose root's {@code forward} is unrolled from the
 * configuration.
 *
 * <p>Signature: {@code forward(z: float32[N,C,H,W], log_snr: float32[N], condition: int64[N]) ->
 * float32[N,C,H,W]}, the prediction of the noise. Which blocks there are, and where the features
 * of the way down are met again on the way up, is {@link UNetLayout}'s to say.
 */
final class UNetProgram {
  /** The level of what does not see the image. */
  static final int NO_LEVEL = -1;

  private UNetProgram() {}

  /** What a program is for. */
  private enum Use {
    /** To be read, and to be served where there is nothing faster. */
    PLAIN,
    /** To be trained: with dropout, where the network has it. */
    TRAINED,
    /** To be served by a processor. */
    SERVED
  }

  /** The module tree of {@code config}, as it is described. */
  static ModuleNode root(UNetConfig config) {
    return assembled(config, Use.PLAIN, false).root();
  }

  /** The same while it learns: each pass drops what PyTorch's random source says. */
  static ModuleNode trained(UNetConfig config) {
    return assembled(config, Use.TRAINED, false).root();
  }

  /**
   * The same function of the same weights, up to rounding, as a processor computes it fastest; see
   * {@link ServedModules}. It can not be trained.
   *
   * @param packed whether convolutions keep their weights in oneDNN's order; the first pass must
   *     then be over before another begins
   */
  static ModuleNode served(UNetConfig config, boolean packed) {
    return assembled(config, Use.SERVED, packed).root();
  }

  private static Assembly assembled(UNetConfig config, Use use, boolean packed) {
    Assembly assembly = new Assembly(config, use, packed);
    assembly.enter();
    assembly.through(UNetLayout.of(config));
    assembly.leave();
    return assembly;
  }

  /**
   * At which level each child of the root computes, 0 being the finest; {@link #NO_LEVEL} if it
   * does so once for a row.
   */
  static Map<String, Integer> levels(UNetConfig config) {
    return assembled(config, Use.PLAIN, false).levels;
  }

  /** Collects attributes and lines of the root while walking through the levels once. */
  private static final class Assembly {
    private final UNetConfig config;
    private final boolean served;
    private final double dropout;
    private final boolean packed;
    private final Map<String, Attribute> attributes = new LinkedHashMap<>();
    private final Map<String, Integer> levels = new LinkedHashMap<>();
    private final Map<String, Integer> widthOfBlock = new LinkedHashMap<>();
    private final StringBuilder forward = new StringBuilder();

    Assembly(UNetConfig config, Use use, boolean packed) {
      this.config = config;
      this.served = use == Use.SERVED;
      this.dropout = use == Use.TRAINED ? config.architecture().dropout() : 0;
      this.packed = packed;
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
      call(
          "stem",
          0,
          conv(UNetModules.conv3(folded, config.channelsPerLevel().get(0), 1), 1),
          "h",
          "x");
    }

    /** From the stem to the last norm. */
    void through(UNetLayout layout) {
      for (Part part : layout.parts()) {
        if (part instanceof Part.Residual block) {
          residual(block);
        } else if (part instanceof Part.Attention attention) {
          ModuleNode node =
              UNetModules.selfAttention(
                  attention.channels(), attention.heads(), config.normGroups());
          call(attention.name(), attention.level(), node, "h", "h");
        } else if (part instanceof Part.Halving halving) {
          ModuleNode plain = UNetModules.conv3(halving.in(), halving.out(), 2);
          call(halving.name(), halving.level(), conv(plain, 2), "h", "h");
        } else if (part instanceof Part.Doubling doubling) {
          grow(doubling.name(), doubling.level(), doubling.in(), doubling.out());
        } else if (part instanceof Part.Keep) {
          line(part.name() + " = h");
        } else if (part instanceof Part.Join) {
          line("h = torch.cat([h, " + part.name() + "], 1)");
        }
      }
    }

    void leave() {
      int width = config.channelsPerLevel().get(0);
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

    private void residual(Part.Residual block) {
      if (served) {
        int part = 2 * widthOfBlock.size();
        widthOfBlock.put(block.name(), block.out());
        child(
            block.name(),
            block.level(),
            ServedModules.residualBlock(
                block.in(),
                block.out(),
                block.side(),
                config.normGroups(),
                plain -> conv(plain, 1)));
        line("h = (self.%s).forward(h, m[%d], m[%d], )".formatted(block.name(), part, part + 1));
        return;
      }
      child(
          block.name(),
          block.level(),
          UNetModules.residualBlock(
              block.in(),
              block.out(),
              block.side(),
              config.embeddingChannels(),
              config.normGroups(),
              dropout));
      line("h = (self." + block.name() + ").forward(h, e, )");
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
