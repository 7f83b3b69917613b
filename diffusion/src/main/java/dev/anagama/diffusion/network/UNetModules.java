package dev.anagama.diffusion.network;

import dev.anagama.diffusion.network.ModuleNode.Attribute;
import dev.anagama.diffusion.network.ModuleNode.Attribute.Buffer;
import dev.anagama.diffusion.network.ModuleNode.Attribute.Child;
import dev.anagama.diffusion.network.ModuleNode.Attribute.Parameter;
import dev.anagama.diffusion.network.ModuleNode.Initialization;
import dev.anagama.diffusion.network.ModuleNode.ModuleKind;
import dev.anagama.diffusion.network.UNetLayout.SideChange;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The parts of the U-Net, each a TorchScript class with the parameters that it needs. In the texts,
 * {@code cast(p)} is parameter p in the arithmetic's type and {@code COMPUTE} that type's number.
 */
final class UNetModules {
  /** Number of sine and cosine pairs that describe log-SNR. */
  static final int FREQUENCIES = 32;

  private static final double LOWEST_FREQUENCY = 0.1;
  private static final double FREQUENCY_SPAN = 100;

  /** The lines that make {@code level} of {@code log_snr}. */
  private static final String LEVEL =
      """
          phase = torch.mul(torch.unsqueeze(torch.mul(log_snr, 0.25), 1), self.frequencies)
          waves = torch.to(torch.cat([torch.sin(phase), torch.cos(phase)], 1), COMPUTE)
          level = (self.second).forward(torch.silu((self.first).forward(waves, )), )
      """;

  private UNetModules() {}

  /** 3x3 convolution with padding 1; {@code stride} 1 keeps the side, 2 halves it. */
  static ModuleNode conv3(int in, int out, int stride) {
    return conv(in, out, 3, stride, Initialization.FAN_IN_UNIFORM);
  }

  /** 3x3 convolution that starts at zero. */
  static ModuleNode zeroConv3(int in, int out) {
    return conv(in, out, 3, 1, Initialization.ZERO);
  }

  /** 1x1 convolution. */
  static ModuleNode conv1(int in, int out) {
    return conv(in, out, 1, 1, Initialization.FAN_IN_UNIFORM);
  }

  private static ModuleNode conv(int in, int out, int side, int stride, Initialization weight) {
    String name = "Conv" + side + "Stride" + stride;
    String forward =
        """
          def forward(self: __torch__.%1$s,
            x: Tensor) -> Tensor:
            return torch.conv2d(x, cast(self.weight), cast(self.bias), [%2$d, %2$d], [%3$d, %3$d], \
        [1, 1], 1)
        """
            .formatted(name, stride, side / 2);
    Map<String, Attribute> attributes = new LinkedHashMap<>();
    attributes.put("weight", new Parameter(new long[] {out, in, side, side}, weight));
    attributes.put(
        "bias",
        new Parameter(
            new long[] {out},
            weight == Initialization.ZERO ? Initialization.ZERO : Initialization.FAN_IN_UNIFORM));
    return new ModuleNode(new ModuleKind(name, forward), attributes);
  }

  /** Affine map of the last dimension. */
  static ModuleNode linear(int in, int out, Initialization weight) {
    String forward =
        """
          def forward(self: __torch__.Linear,
            x: Tensor) -> Tensor:
            return torch.linear(x, cast(self.weight), cast(self.bias))
        """;
    Map<String, Attribute> attributes = new LinkedHashMap<>();
    attributes.put("weight", new Parameter(new long[] {out, in}, weight));
    attributes.put("bias", new Parameter(new long[] {out}, weight));
    return new ModuleNode(new ModuleKind("Linear", forward), attributes);
  }

  /** GroupNorm (arXiv 1803.08494) with a gain and an offset for each channel, epsilon 1e-5. */
  static ModuleNode groupNorm(int channels, int groups) {
    String forward =
        """
          def forward(self: __torch__.GroupNorm,
            x: Tensor) -> Tensor:
            return torch.group_norm(x, %d, cast(self.weight), cast(self.bias), 1.0e-05, False)
        """
            .formatted(groups);
    Map<String, Attribute> attributes = new LinkedHashMap<>();
    attributes.put("weight", new Parameter(new long[] {channels}, Initialization.ONE));
    attributes.put("bias", new Parameter(new long[] {channels}, Initialization.ZERO));
    return new ModuleNode(new ModuleKind("GroupNorm", forward), attributes);
  }

  /**
   * Embedding of log-SNR and condition: sines and cosines of log-SNR / 4 at geometric frequencies,
   * two linear maps, the condition's row added between them and the last activation.
   */
  static ModuleNode embedding(int channels, int classes) {
    String forward =
        """
          def forward(self: __torch__.Embedding,
            log_snr: Tensor,
            condition: Tensor) -> Tensor:
        """
            + LEVEL
            + """
            rows = torch.embedding(cast(self.conditions), condition, -1, False, False)
            return torch.silu(torch.add(level, rows))
        """;
    Map<String, Attribute> attributes = new LinkedHashMap<>();
    attributes.put(
        "conditions", new Parameter(new long[] {classes + 1L, channels}, Initialization.NORMAL));
    putLevel(attributes, channels);
    return new ModuleNode(new ModuleKind("Embedding", forward), attributes);
  }

  /** Embedding of log-SNR alone, as {@link #embedding} without a condition. */
  static ModuleNode levelEmbedding(int channels) {
    String forward =
        """
          def forward(self: __torch__.LevelEmbedding,
            log_snr: Tensor) -> Tensor:
        """
            + LEVEL
            + "    return torch.silu(level)\n";
    Map<String, Attribute> attributes = new LinkedHashMap<>();
    putLevel(attributes, channels);
    return new ModuleNode(new ModuleKind("LevelEmbedding", forward), attributes);
  }

  private static void putLevel(Map<String, Attribute> attributes, int channels) {
    attributes.put("frequencies", new Buffer(new long[] {FREQUENCIES}, frequencies()));
    attributes.put(
        "first", new Child(linear(2 * FREQUENCIES, channels, Initialization.FAN_IN_UNIFORM)));
    attributes.put("second", new Child(linear(channels, channels, Initialization.FAN_IN_UNIFORM)));
  }

  /** {@link #FREQUENCIES} values from 0.1 to 10, equally spaced in their logarithm. */
  static float[] frequencies() {
    float[] values = new float[FREQUENCIES];
    for (int i = 0; i < FREQUENCIES; i++) {
      double position = (double) i / (FREQUENCIES - 1);
      values[i] = (float) (LOWEST_FREQUENCY * Math.pow(FREQUENCY_SPAN, position));
    }
    return values;
  }

  /** A residual block that keeps the side and drops nothing; see the other form. */
  static ModuleNode residualBlock(int in, int out, int embeddingChannels, int normGroups) {
    return residualBlock(in, out, SideChange.NONE, embeddingChannels, normGroups, 0);
  }

  /**
   * Residual block: norm, SiLU, convolution, norm scaled and shifted by the embedding (adaptive
   * group normalisation, arXiv 2105.05233), SiLU, dropout, convolution that starts at zero; a 1x1
   * convolution carries the input across where the width changes. Where the side changes, it does
   * so before the first convolution and on the way across, as in BigGAN (arXiv 1809.11096).
   *
   * @param dropout probability of dropping a value, 0 where the block is not trained
   */
  static ModuleNode residualBlock(
      int in, int out, SideChange side, int embeddingChannels, int normGroups, double dropout) {
    boolean widthChanges = in != out;
    String name = blockName(widthChanges, side);
    String carried = resized(side, "x");
    String activated = "torch.silu(h0)";
    String forward =
        """
          def forward(self: __torch__.%s,
            x: Tensor,
            e: Tensor) -> Tensor:
            h = (self.conv_in).forward(%s, )
            m = torch.unsqueeze(torch.unsqueeze((self.modulation).forward(e, ), 2), 3)
            parts = torch.chunk(m, 2, 1)
            gain = torch.add(parts[0], 1)
            h0 = torch.addcmul(parts[1], (self.norm_out).forward(h, ), gain)
            h1 = (self.conv_out).forward(%s, )
            return torch.add(%s, h1)
        """
            .formatted(
                name,
                resized(side, "torch.silu((self.norm_in).forward(x, ))"),
                dropout > 0
                    ? "torch.dropout(%s, %s, True)".formatted(activated, dropout)
                    : activated,
                widthChanges ? "(self.across).forward(" + carried + ", )" : carried);
    Map<String, Attribute> attributes = new LinkedHashMap<>();
    attributes.put("norm_in", new Child(groupNorm(in, normGroups)));
    attributes.put("conv_in", new Child(conv3(in, out, 1)));
    attributes.put(
        "modulation", new Child(linear(embeddingChannels, 2 * out, Initialization.FAN_IN_UNIFORM)));
    attributes.put("norm_out", new Child(groupNorm(out, normGroups)));
    attributes.put("conv_out", new Child(zeroConv3(out, out)));
    if (widthChanges) {
      attributes.put("across", new Child(conv1(in, out)));
    }
    return new ModuleNode(new ModuleKind(name, forward), attributes);
  }

  /** Name of the class of residual blocks with the same attributes and text. */
  static String blockName(boolean widthChanges, SideChange side) {
    String kind = widthChanges ? "WideningBlock" : "ResidualBlock";
    return switch (side) {
      case NONE -> kind;
      case HALVED -> "Halving" + kind;
      case DOUBLED -> "Doubling" + kind;
    };
  }

  /** The text of an expression with height and width changed. */
  static String resized(SideChange side, String text) {
    return switch (side) {
      case NONE -> text;
      case HALVED -> "torch.avg_pool2d(" + text + ", [2, 2], [2, 2], [0, 0], False, True, None)";
      case DOUBLED -> "torch.upsample_nearest2d(" + text + ", None, [2., 2.])";
    };
  }

  /** Multi-head self-attention over all positions, added to its input; starts as the identity. */
  static ModuleNode selfAttention(int channels, int heads, int normGroups) {
    String forward =
        """
          def forward(self: __torch__.SelfAttention%1$d,
            x: Tensor) -> Tensor:
            n = torch.size(x, 0)
            height = torch.size(x, 2)
            width = torch.size(x, 3)
            tokens = torch.permute((self.norm).forward(x, ), [0, 2, 3, 1])
            flat = torch.reshape(tokens, [n, torch.mul(height, width), %1$d])
            qkv = torch.reshape((self.qkv).forward(flat, ), [n, -1, 3, %2$d, %3$d])
            heads = torch.permute(qkv, [2, 0, 3, 1, 4])
            q = torch.select(heads, 0, 0)
            k = torch.select(heads, 0, 1)
            v = torch.select(heads, 0, 2)
            mixed = torch.scaled_dot_product_attention(q, k, v)
            joined = torch.reshape(torch.transpose(mixed, 1, 2), [n, -1, %1$d])
            image = torch.reshape((self.out).forward(joined, ), [n, height, width, %1$d])
            return torch.add(x, torch.permute(image, [0, 3, 1, 2]))
        """
            .formatted(channels, heads, channels / heads);
    Map<String, Attribute> attributes = new LinkedHashMap<>();
    attributes.put("norm", new Child(groupNorm(channels, normGroups)));
    attributes.put("qkv", new Child(linear(channels, 3 * channels, Initialization.FAN_IN_UNIFORM)));
    attributes.put("out", new Child(linear(channels, channels, Initialization.ZERO)));
    return new ModuleNode(new ModuleKind("SelfAttention" + channels, forward), attributes);
  }

  /**
   * Multi-head attention of the mean position over all positions, which makes one vector of an
   * image (attention pooling, arXiv 2105.05233, section 4). Positions are told apart by what the
   * convolutions' padding has left in them, not by an embedding, so that it takes any size.
   */
  static ModuleNode attentionPool(int channels, int heads) {
    String forward =
        """
          def forward(self: __torch__.AttentionPool,
            x: Tensor) -> Tensor:
            n = torch.size(x, 0)
            tokens = torch.transpose(torch.flatten(x, 2, -1), 1, 2)
            mean = torch.mean(tokens, [1], True)
            asked = torch.reshape((self.query).forward(mean, ), [n, 1, %2$d, %3$d])
            q = torch.transpose(asked, 1, 2)
            both = torch.reshape((self.key_value).forward(tokens, ), [n, -1, 2, %2$d, %3$d])
            heads = torch.permute(both, [2, 0, 3, 1, 4])
            k = torch.select(heads, 0, 0)
            v = torch.select(heads, 0, 1)
            return torch.reshape(torch.scaled_dot_product_attention(q, k, v), [n, %1$d])
        """
            .formatted(channels, heads, channels / heads);
    Map<String, Attribute> attributes = new LinkedHashMap<>();
    attributes.put("query", new Child(linear(channels, channels, Initialization.FAN_IN_UNIFORM)));
    attributes.put(
        "key_value", new Child(linear(channels, 2 * channels, Initialization.FAN_IN_UNIFORM)));
    return new ModuleNode(new ModuleKind("AttentionPool", forward), attributes);
  }
}
