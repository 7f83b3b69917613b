package dev.anagama.diffusion.network;

import dev.anagama.diffusion.network.ModuleNode.Attribute;
import dev.anagama.diffusion.network.ModuleNode.Attribute.Child;
import dev.anagama.diffusion.network.ModuleNode.Attribute.Derived;
import dev.anagama.diffusion.network.ModuleNode.Attribute.Parameter;
import dev.anagama.diffusion.network.ModuleNode.ModuleKind;
import dev.anagama.diffusion.network.UNetLayout.SideChange;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Parts of the U-Net that a processor computes faster in another form than in that of {@link
 * UNetModules}, where no gradient is asked for. Each is the same function of the same weights.
 */
final class ServedModules {
  /** Side of the kernel of {@link #doublingConv3}. */
  private static final int DOUBLING_SIDE = 4;

  private static final int SIDE = 3;

  private ServedModules() {}

  /**
   * A convolution of {@link UNetModules} whose weight is put into oneDNN's own order once, in the
   * first pass, instead of in every one. The threads of later passes share it, so that pass must
   * be over before they begin. The image's size is one to choose the order for, not a limit.
   */
  static ModuleNode packed(ModuleNode conv, int stride) {
    long side = ((Parameter) Objects.requireNonNull(conv.attributes().get("weight"))).shape()[2];
    String forward =
        """
          def forward(self: __torch__.%1$s,
            x: Tensor) -> Tensor:
            w = self.weight
            if ops.prim.is_mkldnn(w):
              p = w
            else:
              q = torch.mkldnn_reorder_conv2d_weight(torch.to_mkldnn(w, None), [%3$d, %3$d], \
        [%2$d, %2$d], [1, 1], 1, [1, torch.size(x, 1), 8, 8])
              self.weight = q
              p = q
            return ops.mkldnn._convolution_pointwise(x, p, self.bias, [%3$d, %3$d], \
        [%2$d, %2$d], [1, 1], 1, "none", annotate(List[Optional[number]], []), "")
        """
            .formatted(conv.kind().name(), stride, side / 2);
    return new ModuleNode(new ModuleKind(conv.kind().name(), forward), conv.attributes());
  }

  /**
   * Nearest-neighbour doubling of height and width and a 3x3 convolution of padding 1, in one.
   *
   * <p>The nine taps meet only four different pixels of the small image, so their weights can be
   * added beforehand: 4 products in place of 9. That is a transposed 4x4 convolution of stride 2
   * and padding 1: pixel i of the small image reaches o = 2 i + q - 1 through its tap q, and
   * through tap k of the convolution where o + k - 1 is 2 i or 2 i + 1, so q is 2 - k or 3 - k.
   *
   * @param name of the convolution among the weights
   */
  static ModuleNode doublingConv3(String name, int in, int out) {
    String forward =
        """
          def forward(self: __torch__.DoublingConv3,
            x: Tensor) -> Tensor:
            return torch.conv_transpose2d(x, cast(self.weight), cast(self.bias), [2, 2], [1, 1], \
        [0, 0], 1, [1, 1])
        """;
    Map<String, Attribute> attributes = new LinkedHashMap<>();
    attributes.put(
        "weight",
        new Derived(
            new long[] {in, out, DOUBLING_SIDE, DOUBLING_SIDE},
            weights -> doubling(weights.tensor(name + ".weight").values(), in, out)));
    attributes.put(
        "bias", new Derived(new long[] {out}, weights -> weights.tensor(name + ".bias").values()));
    return new ModuleNode(new ModuleKind("DoublingConv3", forward), attributes);
  }

  /** [out, in, 3, 3] to [in, out, 4, 4]. */
  private static float[] doubling(float[] weight, int in, int out) {
    float[] sums = new float[in * out * DOUBLING_SIDE * DOUBLING_SIDE];
    for (int o = 0; o < out; o++) {
      for (int i = 0; i < in; i++) {
        for (int row = 0; row < SIDE; row++) {
          for (int column = 0; column < SIDE; column++) {
            float tap = weight[((o * in + i) * SIDE + row) * SIDE + column];
            for (int quarter = 0; quarter < 4; quarter++) {
              int y = 2 - row + quarter / 2;
              int x = 2 - column + quarter % 2;
              sums[((i * out + o) * DOUBLING_SIDE + y) * DOUBLING_SIDE + x] += tap;
            }
          }
        }
      }
    }
    return sums;
  }

  /**
   * {@link UNetModules#residualBlock} with its modulation given: gain and shift of each row, [N,
   * out, 1, 1]. What nobody needs any more is overwritten.
   *
   * @param convForm the form of its convolutions, which all have stride 1
   */
  static ModuleNode residualBlock(
      int in, int out, SideChange side, int normGroups, UnaryOperator<ModuleNode> convForm) {
    boolean widthChanges = in != out;
    String name = UNetModules.blockName(widthChanges, side);
    String carried = UNetModules.resized(side, "x");
    String forward =
        """
          def forward(self: __torch__.%s,
            x: Tensor,
            gain: Tensor,
            shift: Tensor) -> Tensor:
            h = (self.conv_in).forward(%s, )
            h0 = torch.addcmul(shift, (self.norm_out).forward(h, ), gain)
            h1 = (self.conv_out).forward(torch.silu_(h0), )
            return torch.add_(h1, %s)
        """
            .formatted(
                name,
                UNetModules.resized(side, "torch.silu_((self.norm_in).forward(x, ))"),
                widthChanges ? "(self.across).forward(" + carried + ", )" : carried);
    Map<String, Attribute> attributes = new LinkedHashMap<>();
    attributes.put("norm_in", new Child(UNetModules.groupNorm(in, normGroups)));
    attributes.put("conv_in", new Child(convForm.apply(UNetModules.conv3(in, out, 1))));
    attributes.put("norm_out", new Child(UNetModules.groupNorm(out, normGroups)));
    attributes.put("conv_out", new Child(convForm.apply(UNetModules.zeroConv3(out, out))));
    if (widthChanges) {
      attributes.put("across", new Child(convForm.apply(UNetModules.conv1(in, out))));
    }
    return new ModuleNode(new ModuleKind(name, forward), attributes);
  }

  /**
   * The modulations of all residual blocks in one linear map of the embedding: gain and shift of
   * the first block, of the second, and so on. The 1 that is added to a gain is in the bias.
   *
   * @param widthOfBlock channels that each block modulates, by name, in order
   */
  static ModuleNode modulations(int embeddingChannels, Map<String, Integer> widthOfBlock) {
    long rows = widthOfBlock.values().stream().mapToLong(width -> 2L * width).sum();
    String sizes =
        widthOfBlock.values().stream()
            .flatMap(width -> Stream.of(width, width))
            .map(String::valueOf)
            .collect(Collectors.joining(", "));
    String forward =
        """
          def forward(self: __torch__.Modulations,
            e: Tensor) -> List[Tensor]:
            m = torch.linear(e, cast(self.weight), cast(self.bias))
            return torch.split_with_sizes(torch.unsqueeze(torch.unsqueeze(m, 2), 3), [%s], 1)
        """
            .formatted(sizes);
    Map<String, Attribute> attributes = new LinkedHashMap<>();
    attributes.put(
        "weight",
        new Derived(
            new long[] {rows, embeddingChannels},
            weights -> joined(weights, widthOfBlock, ".modulation.weight")));
    attributes.put(
        "bias",
        new Derived(
            new long[] {rows},
            weights -> {
              float[] bias = joined(weights, widthOfBlock, ".modulation.bias");
              int start = 0;
              for (int width : widthOfBlock.values()) {
                for (int i = start; i < start + width; i++) {
                  bias[i] += 1;
                }
                start += 2 * width;
              }
              return bias;
            }));
    return new ModuleNode(new ModuleKind("Modulations", forward), attributes);
  }

  private static float[] joined(
      Weights weights, Map<String, Integer> widthOfBlock, String parameter) {
    int count =
        widthOfBlock.keySet().stream()
            .mapToInt(block -> weights.tensor(block + parameter).values().length)
            .sum();
    float[] all = new float[count];
    int start = 0;
    for (String block : widthOfBlock.keySet()) {
      float[] values = weights.tensor(block + parameter).values();
      System.arraycopy(values, 0, all, start, values.length);
      start += values.length;
    }
    return all;
  }
}
