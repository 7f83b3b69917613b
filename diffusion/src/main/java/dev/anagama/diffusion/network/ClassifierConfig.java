package dev.anagama.diffusion.network;

import java.util.List;

/**
 * The shape of a classifier of noisy images, from which its program and its weights follow: the
 * downsampling half of a U-Net, and attention pooling at its coarsest level.
 *
 * @param imageChannels channels of the image, 1 or 3
 * @param patchSize pixels folded into channels on the way in, 1 or 2
 * @param channelsPerLevel channels at each resolution, finest first; each level halves the side
 * @param blocksPerLevel residual blocks, one number for each level
 * @param poolHeads heads of the pooling, a divisor of the last level's channels
 * @param embeddingChannels width of the embedding of log-SNR
 * @param classes number of classes, at least 2
 */
public record ClassifierConfig(
    int imageChannels,
    int patchSize,
    List<Integer> channelsPerLevel,
    List<Integer> blocksPerLevel,
    int poolHeads,
    int embeddingChannels,
    int classes) {

  /**
   * Checks every field.
   *
   * @throws IllegalArgumentException naming the field, its value and what is allowed
   */
  public ClassifierConfig {
    require(imageChannels == 1 || imageChannels == 3, "image_channels", imageChannels, "1 or 3");
    require(patchSize == 1 || patchSize == 2, "patch_size", patchSize, "1 or 2");
    int levels = channelsPerLevel.size();
    require(
        levels >= 1 && levels <= UNetConfig.MAX_LEVELS,
        "channels_per_level",
        channelsPerLevel,
        "1 to 6 levels");
    require(
        channelsPerLevel.stream().allMatch(c -> c >= 1 && c <= UNetConfig.MAX_CHANNELS),
        "channels_per_level",
        channelsPerLevel,
        "1 to 2048 each");
    require(
        blocksPerLevel.size() == levels
            && blocksPerLevel.stream().allMatch(b -> b >= 1 && b <= UNetConfig.MAX_BLOCKS),
        "blocks_per_level",
        blocksPerLevel,
        "one number for each level, 1 to 8 each");
    require(
        poolHeads >= 1 && channelsPerLevel.get(levels - 1) % poolHeads == 0,
        "pool_heads",
        poolHeads,
        "a divisor of the last level's channels");
    require(
        embeddingChannels >= 1 && embeddingChannels <= UNetConfig.MAX_CHANNELS,
        "embedding_channels",
        embeddingChannels,
        "1 to 2048");
    require(classes >= 2 && classes <= UNetConfig.MAX_CLASSES, "classes", classes, "2 to 100000");
    channelsPerLevel = List.copyOf(channelsPerLevel);
    blocksPerLevel = List.copyOf(blocksPerLevel);
  }

  /** What height and width of an image must be multiples of, in pixels. */
  public int sideMultiple() {
    return patchSize << (channelsPerLevel.size() - 1);
  }

  private static void require(boolean holds, String field, Object value, String allowed) {
    if (!holds) {
      throw new IllegalArgumentException(
          "the classifier's %s is %s; allowed: %s".formatted(field, value, allowed));
    }
  }
}
