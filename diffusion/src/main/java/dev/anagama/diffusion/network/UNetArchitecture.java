package dev.anagama.diffusion.network;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.List;

/**
 * How the blocks of a U-Net hang together. {@link #PLAIN} is the form of small networks; the others
 * are those of ADM (Dhariwal and Nichol, arXiv 2105.05233), whose form is {@link Skips#BLOCK} with
 * {@link Resampling#RESIDUAL}.
 *
 * @param skips what the way up sees of the way down
 * @param resampling how a level is left for the next one
 * @param attentionLevels levels, 0 being the finest, whose blocks are each followed by
 *     self-attention, in rising order; the middle has one wherever there are heads at all
 * @param headChannels channels of an attention head, so that wider levels have more of them; 0 for
 *     {@link UNetConfig#attentionHeads} heads everywhere
 * @param dropout probability, in [0, 1), of dropping a value before the last convolution of a
 *     residual block, in training alone
 */
public record UNetArchitecture(
    Skips skips,
    Resampling resampling,
    List<Integer> attentionLevels,
    int headChannels,
    double dropout) {

  /** One skip a level, strided convolutions, no attention but in the middle, no dropout. */
  public static final UNetArchitecture PLAIN =
      new UNetArchitecture(Skips.LEVEL, Resampling.CONVOLUTION, List.of(), 0, 0);

  /** What the way up sees of the way down. */
  public enum Skips {
    /** Each level's last features; the coarsest level has middle blocks alone. */
    LEVEL("level"),
    /**
     * Those of the stem, of every block and of every halving. Each level has blocks, the coarsest
     * too, and one more on the way up than on the way down.
     */
    BLOCK("block");

    private final String label;

    Skips(String label) {
      this.label = label;
    }

    /** The name in manifests and recipes. */
    @JsonValue
    public String label() {
      return label;
    }
  }

  /** How a level is left for the next one. */
  public enum Resampling {
    /** A convolution of stride 2 down; each pixel four times and a convolution up. */
    CONVOLUTION("convolution"),
    /** A residual block that averages 2x2 pixels, or repeats them, before its first convolution. */
    RESIDUAL("residual");

    private final String label;

    Resampling(String label) {
      this.label = label;
    }

    /** The name in manifests and recipes. */
    @JsonValue
    public String label() {
      return label;
    }
  }

  /** Keeps its own list; {@link UNetConfig} checks the ranges, which depend on its levels. */
  public UNetArchitecture {
    attentionLevels = List.copyOf(attentionLevels);
  }
}
