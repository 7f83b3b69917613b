package dev.anagama.diffusion.network;

import dev.anagama.diffusion.network.UNetArchitecture.Resampling;
import dev.anagama.diffusion.network.UNetArchitecture.Skips;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * The way of the features through a U-Net, from behind its stem to before its last norm: what is
 * computed, in which order and at which width. It follows from the configuration alone.
 *
 * @param parts in the order of the computation
 */
record UNetLayout(List<Part> parts) {

  /** One thing that happens to the features. */
  sealed interface Part {
    /** The module's name, or that of the skip. */
    String name();

    /** A residual block; {@code level} is that of its result, 0 being the finest. */
    record Residual(String name, int level, int in, int out, SideChange side) implements Part {}

    /** Self-attention. */
    record Attention(String name, int level, int channels, int heads) implements Part {}

    /** A convolution of stride 2; {@code level} is that of its result. */
    record Halving(String name, int level, int in, int out) implements Part {}

    /** Each pixel four times and a convolution; {@code level} is that of its result. */
    record Doubling(String name, int level, int in, int out) implements Part {}

    /** The features are kept under a name. */
    record Keep(String name) implements Part {}

    /** What was kept under a name is put behind the features, as further channels. */
    record Join(String name) implements Part {}
  }

  /** What a residual block does to height and width. */
  enum SideChange {
    /** Nothing. */
    NONE,
    /** Each 2x2 pixels become their mean. */
    HALVED,
    /** Each pixel becomes 2x2. */
    DOUBLED
  }

  UNetLayout {
    parts = List.copyOf(parts);
  }

  /** The layout of a network. */
  static UNetLayout of(UNetConfig config) {
    Walk walk = new Walk(config);
    walk.down();
    walk.middle();
    walk.up();
    return new UNetLayout(walk.parts);
  }

  /** Goes through the levels once. */
  private static final class Walk {
    /** Features that were kept and how wide they are. */
    private record Kept(String name, int channels) {}

    private final UNetConfig config;
    private final List<Integer> channels;
    private final int last;
    private final boolean everyBlock;
    private final List<Part> parts = new ArrayList<>();
    private final Deque<Kept> kept = new ArrayDeque<>();
    private int width;

    Walk(UNetConfig config) {
      this.config = config;
      this.channels = config.channelsPerLevel();
      this.last = channels.size() - 1;
      this.everyBlock = config.architecture().skips() == Skips.BLOCK;
      this.width = channels.get(0);
    }

    void down() {
      if (everyBlock) {
        keep("skip_stem");
      }
      for (int level = 0; level <= last; level++) {
        for (int block = 0; block < config.blocksAt(level); block++) {
          residual("down_" + level + "_" + block, level, channels.get(level));
          if (everyBlock) {
            keep("skip_" + level + "_" + block);
          }
        }
        if (level < last) {
          if (!everyBlock) {
            keep("skip_" + level);
          }
          shrink(level);
          if (everyBlock) {
            keep("skip_" + level + "_shrunk");
          }
        }
      }
    }

    void middle() {
      for (int block = 0; block < config.middleBlocks(); block++) {
        add(new Part.Residual("middle_" + block, last, width, width, SideChange.NONE));
        if (block == 0 && config.hasAttention()) {
          add(new Part.Attention("attention", last, width, config.headsFor(width)));
        }
      }
    }

    void up() {
      for (int level = last; level >= 0; level--) {
        if (level < last) {
          grow(level);
          if (!everyBlock) {
            join();
          }
        }
        int blocks = config.blocksAt(level) + (everyBlock ? 1 : 0);
        for (int block = 0; block < blocks; block++) {
          if (everyBlock) {
            join();
          }
          residual("up_" + level + "_" + block, level, channels.get(level));
        }
      }
    }

    private void residual(String name, int level, int out) {
      add(new Part.Residual(name, level, width, out, SideChange.NONE));
      width = out;
      if (config.architecture().attentionLevels().contains(level)) {
        add(new Part.Attention(name + "_attention", level, width, config.headsFor(width)));
      }
    }

    /** With a skip of each block it is the blocks that change the width, else the resampling. */
    private void shrink(int level) {
      int out = everyBlock ? width : channels.get(level + 1);
      String name = "shrink_" + level;
      add(
          config.architecture().resampling() == Resampling.RESIDUAL
              ? new Part.Residual(name, level + 1, width, out, SideChange.HALVED)
              : new Part.Halving(name, level + 1, width, out));
      width = out;
    }

    private void grow(int level) {
      int out = everyBlock ? width : channels.get(level);
      String name = "grow_" + level;
      add(
          config.architecture().resampling() == Resampling.RESIDUAL
              ? new Part.Residual(name, level, width, out, SideChange.DOUBLED)
              : new Part.Doubling(name, level, width, out));
      width = out;
    }

    private void keep(String name) {
      kept.push(new Kept(name, width));
      add(new Part.Keep(name));
    }

    private void join() {
      Kept skip = kept.pop();
      add(new Part.Join(skip.name()));
      width += skip.channels();
    }

    private void add(Part part) {
      parts.add(part);
    }
  }
}
