package dev.anagama.diffusion.network;

import dev.anagama.diffusion.network.ModuleNode.Attribute;
import dev.anagama.diffusion.network.ModuleNode.Attribute.Child;
import dev.anagama.diffusion.network.ModuleNode.Initialization;
import dev.anagama.diffusion.network.ModuleNode.ModuleKind;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The classifier of noisy images as a tree of TorchScript modules, made of the U-Net's: its way
 * down, pooling, and a linear map to the classes that starts at zero.
 *
 * <p>Signature: {@code forward(z: float32[N,C,H,W], log_snr: float32[N]) -> float32[N,K]}. Every
 * normalisation is of a group within one row, so rows do not see one another.
 */
final class ClassifierProgram {
  /** One group is several times faster than several on a processor. */
  private static final int NORM_GROUPS = 1;

  private final ClassifierConfig config;
  private final Map<String, Attribute> attributes = new LinkedHashMap<>();
  private final StringBuilder forward =
      new StringBuilder(
          """
            def forward(self: __torch__.Classifier,
              z: Tensor,
              log_snr: Tensor) -> Tensor:
          """);

  private ClassifierProgram(ClassifierConfig config) {
    this.config = config;
  }

  /** The module tree of {@code config}. */
  static ModuleNode root(ClassifierConfig config) {
    ClassifierProgram program = new ClassifierProgram(config);
    program.enter();
    program.down();
    program.pool();
    return new ModuleNode(
        new ModuleKind("Classifier", program.forward.toString()), program.attributes);
  }

  private void enter() {
    call("embedding", UNetModules.levelEmbedding(config.embeddingChannels()), "e", "log_snr");
    line("h = torch.to(z, COMPUTE)");
    if (config.patchSize() > 1) {
      line("h = torch.pixel_unshuffle(h, " + config.patchSize() + ")");
    }
    // Memory format 2 is channels-last, the layout in which the convolutions are fastest.
    line("h = torch.contiguous(h, memory_format=2)");
    int folded = config.imageChannels() * config.patchSize() * config.patchSize();
    call("stem", UNetModules.conv3(folded, config.channelsPerLevel().get(0), 1), "h", "h");
  }

  private void down() {
    for (int level = 0; level < config.channelsPerLevel().size(); level++) {
      int width = config.channelsPerLevel().get(level);
      if (level > 0) {
        int before = config.channelsPerLevel().get(level - 1);
        call("shrink_" + (level - 1), UNetModules.conv3(before, width, 2), "h", "h");
      }
      for (int block = 0; block < config.blocksPerLevel().get(level); block++) {
        call(
            "down_%d_%d".formatted(level, block),
            UNetModules.residualBlock(width, width, config.embeddingChannels(), NORM_GROUPS),
            "h",
            "h, e");
      }
    }
  }

  private void pool() {
    int width = config.channelsPerLevel().get(config.channelsPerLevel().size() - 1);
    call("norm", UNetModules.groupNorm(width, NORM_GROUPS), "h", "h");
    call("pool", UNetModules.attentionPool(width, config.poolHeads()), "pooled", "torch.silu(h)");
    call(
        "head",
        UNetModules.linear(width, config.classes(), Initialization.ZERO),
        "logits",
        "pooled");
    line("return torch.to(logits, 6)");
  }

  private void call(String name, ModuleNode node, String result, String arguments) {
    attributes.put(name, new Child(node));
    line("%s = (self.%s).forward(%s, )".formatted(result, name, arguments));
  }

  private void line(String text) {
    forward.append("    ").append(text).append('\n');
  }
}
