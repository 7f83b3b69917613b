package dev.anagama.diffusion.network;

import dev.anagama.diffusion.network.UNetArchitecture.Skips;
import java.util.List;

/**
 * The shape of the U-Net, from which its program and its weights follow.
 *
 * @param imageChannels channels of the image, 1 or 3
 * @param patchSize pixels folded into channels on the way in and unfolded on the way out, 1 or 2
 * @param channelsPerLevel channels at each resolution, finest first; each level halves the side
 * @param blocksPerLevel residual blocks on the way down and on the way up, one number for each
 *     level but the last; with {@link Skips#BLOCK} for the last one too, and there is one more up
 * @param middleBlocks residual blocks between the two ways, at the coarsest level, at least 1
 * @param attentionHeads heads of the self-attention after the first middle block, and where the
 *     architecture has more; 0 for none
 * @param normGroups groups of every GroupNorm; 1 is several times faster than 8 on a processor
 * @param embeddingChannels width of the embedding of log-SNR and class
 * @param classes number of classes; the embedding has one row more, for the null condition
 * @param architecture how the blocks hang together
 */
public record UNetConfig(
    int imageChannels,
    int patchSize,
    List<Integer> channelsPerLevel,
    List<Integer> blocksPerLevel,
    int middleBlocks,
    int attentionHeads,
    int normGroups,
    int embeddingChannels,
    int classes,
    UNetArchitecture architecture) {

  /** Widest level that is accepted, in channels. */
  public static final int MAX_CHANNELS = 2048;

  /** Most levels that are accepted. */
  public static final int MAX_LEVELS = 6;

  /** Most residual blocks that a level may have. */
  public static final int MAX_BLOCKS = 8;

  /** Most classes that are accepted. */
  public static final int MAX_CLASSES = 100_000;

  private static final String HEADS_ALLOWED =
      "0, or a divisor of the channels of every level with attention";

  /** A network of the {@linkplain UNetArchitecture#PLAIN plain} form. */
  public UNetConfig(
      int imageChannels,
      int patchSize,
      List<Integer> channelsPerLevel,
      List<Integer> blocksPerLevel,
      int middleBlocks,
      int attentionHeads,
      int normGroups,
      int embeddingChannels,
      int classes) {
    this(
        imageChannels,
        patchSize,
        channelsPerLevel,
        blocksPerLevel,
        middleBlocks,
        attentionHeads,
        normGroups,
        embeddingChannels,
        classes,
        UNetArchitecture.PLAIN);
  }

  /**
   * Checks every field.
   *
   * @throws IllegalArgumentException naming the field as a manifest does, its value and what is
   *     allowed
   */
  public UNetConfig {
    require(imageChannels == 1 || imageChannels == 3, "image_channels", imageChannels, "1 or 3");
    require(patchSize == 1 || patchSize == 2, "patch_size", patchSize, "1 or 2");
    int levels = channelsPerLevel.size();
    require(
        levels >= 1 && levels <= MAX_LEVELS,
        "channels_per_level",
        channelsPerLevel,
        "1 to 6 levels");
    boolean everyBlock = architecture.skips() == Skips.BLOCK;
    require(
        blocksPerLevel.size() == (everyBlock ? levels : levels - 1),
        "blocks_per_level",
        blocksPerLevel,
        "one number for each level" + (everyBlock ? "" : " but the last"));
    require(
        middleBlocks >= 1 && middleBlocks <= MAX_BLOCKS, "middle_blocks", middleBlocks, "1 to 8");
    require(normGroups >= 1, "norm_groups", normGroups, "at least 1");
    for (int channels : channelsPerLevel) {
      require(
          channels >= 1 && channels <= MAX_CHANNELS && channels % normGroups == 0,
          "channels_per_level",
          channelsPerLevel,
          "1 to 2048 each, multiples of norm_groups");
    }
    for (int blocks : blocksPerLevel) {
      require(
          blocks >= 1 && blocks <= MAX_BLOCKS, "blocks_per_level", blocksPerLevel, "1 to 8 each");
    }
    requireAttention(channelsPerLevel, attentionHeads, architecture);
    require(
        architecture.dropout() >= 0 && architecture.dropout() < 1,
        "architecture.dropout",
        architecture.dropout(),
        "0 up to, not including, 1");
    require(
        embeddingChannels >= 1 && embeddingChannels <= MAX_CHANNELS,
        "embedding_channels",
        embeddingChannels,
        "1 to 2048");
    require(classes >= 1 && classes <= MAX_CLASSES, "classes", classes, "1 to 100000");
    channelsPerLevel = List.copyOf(channelsPerLevel);
    blocksPerLevel = List.copyOf(blocksPerLevel);
  }

  private static void requireAttention(
      List<Integer> channels, int heads, UNetArchitecture architecture) {
    List<Integer> attended = architecture.attentionLevels();
    int headChannels = architecture.headChannels();
    int end = channels.size() - (architecture.skips() == Skips.BLOCK ? 0 : 1);
    int before = -1;
    for (int level : attended) {
      require(
          level > before && level < end,
          "architecture.attention_levels",
          attended,
          "levels that have blocks, 0 to %d, in rising order".formatted(end - 1));
      before = level;
    }
    require(
        attended.isEmpty() || heads > 0 || headChannels > 0,
        "architecture.attention_levels",
        attended,
        "no levels where attention_heads and head_channels are 0");
    require(
        headChannels == 0 || heads == 0,
        "attention_heads",
        heads,
        "0 where architecture.head_channels says how many there are");
    for (int level = 0; level < channels.size(); level++) {
      if (level == channels.size() - 1 || attended.contains(level)) {
        int width = channels.get(level);
        require(
            heads == 0 || (heads > 0 && width % heads == 0),
            "attention_heads",
            heads,
            HEADS_ALLOWED);
        require(
            headChannels == 0 || (headChannels > 0 && width % headChannels == 0),
            "architecture.head_channels",
            headChannels,
            HEADS_ALLOWED);
      }
    }
  }

  /** Whether there is self-attention in the middle, and perhaps elsewhere. */
  boolean hasAttention() {
    return attentionHeads > 0 || architecture.headChannels() > 0;
  }

  /** Heads of the self-attention over features of so many channels. */
  int headsFor(int channels) {
    int headChannels = architecture.headChannels();
    return headChannels > 0 ? channels / headChannels : attentionHeads;
  }

  /** Residual blocks of a level on the way down. */
  int blocksAt(int level) {
    return level < blocksPerLevel.size() ? blocksPerLevel.get(level) : 0;
  }

  /** Index of the embedding row that stands for no condition. */
  public int nullCondition() {
    return classes;
  }

  /** What height and width of an image must be multiples of, in pixels. */
  public int sideMultiple() {
    return patchSize << (channelsPerLevel.size() - 1);
  }

  private static void require(boolean holds, String field, Object value, String allowed) {
    if (!holds) {
      throw new IllegalArgumentException(
          "network.config.%s is %s; allowed: %s".formatted(field, value, allowed));
    }
  }
}
