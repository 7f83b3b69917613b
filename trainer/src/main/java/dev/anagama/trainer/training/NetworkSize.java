package dev.anagama.trainer.training;

import dev.anagama.diffusion.network.UNetArchitecture;
import dev.anagama.diffusion.network.UNetConfig;
import java.util.List;

/**
 * A U-Net's size and form, see {@link UNetConfig}, which checks them; channels of the image and
 * number of classes come from the data.
 *
 * @param channelsPerLevel channels at each resolution, finest first
 * @param blocksPerLevel residual blocks at each resolution but the coarsest, or at each, see {@link
 *     UNetArchitecture.Skips}
 * @param middleBlocks residual blocks between the ways down and up, at the coarsest resolution
 * @param attentionHeads heads of the attention there and elsewhere, 0 for none
 * @param normGroups groups of every GroupNorm
 * @param embeddingChannels width of the embedding
 * @param architecture how the blocks hang together
 */
public record NetworkSize(
    List<Integer> channelsPerLevel,
    List<Integer> blocksPerLevel,
    int middleBlocks,
    int attentionHeads,
    int normGroups,
    int embeddingChannels,
    UNetArchitecture architecture) {

  /** Keeps its own lists. */
  public NetworkSize {
    channelsPerLevel = List.copyOf(channelsPerLevel);
    blocksPerLevel = List.copyOf(blocksPerLevel);
  }

  /** A plain network with norms over all channels. */
  public NetworkSize(
      List<Integer> channelsPerLevel,
      List<Integer> blocksPerLevel,
      int middleBlocks,
      int attentionHeads,
      int embeddingChannels) {
    this(
        channelsPerLevel,
        blocksPerLevel,
        middleBlocks,
        attentionHeads,
        1,
        embeddingChannels,
        UNetArchitecture.PLAIN);
  }

  /**
   * The network for images of so many channels and so many classes; its patches are single pixels.
   *
   * @throws IllegalArgumentException if there is no such network
   */
  public UNetConfig config(int imageChannels, int classes) {
    return new UNetConfig(
        imageChannels,
        1,
        channelsPerLevel,
        blocksPerLevel,
        middleBlocks,
        attentionHeads,
        normGroups,
        embeddingChannels,
        classes,
        architecture);
  }

  /**
   * What tells one size from another in a training state. What later releases added is left out
   * where it is as it was before, so that runs of earlier ones go on.
   */
  String identity() {
    return "NetworkSize[channelsPerLevel=%s, blocksPerLevel=%s, middleBlocks=%d,"
            .formatted(channelsPerLevel, blocksPerLevel, middleBlocks)
        + " attentionHeads=%d, embeddingChannels=%d]".formatted(attentionHeads, embeddingChannels)
        + (normGroups == 1 ? "" : " norm-groups=" + normGroups)
        + (architecture.equals(UNetArchitecture.PLAIN) ? "" : " architecture=" + architecture);
  }
}
