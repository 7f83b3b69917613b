package dev.anagama.diffusion.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.anagama.diffusion.network.UNetArchitecture.Resampling;
import dev.anagama.diffusion.network.UNetArchitecture.Skips;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class UNetConfigTest {
  private static final UNetConfig VALID =
      new UNetConfig(1, 2, List.of(8, 16, 16), List.of(1, 2), 2, 4, 8, 32, 10);

  private static final String HEADS =
      "0, or a divisor of the channels of every level with attention";

  /** One field changed, and what the message must say of it. */
  private record Case(UnaryOperator<UNetConfig> change, String message) {
    @Override
    public String toString() {
      return message;
    }
  }

  static List<Case> cases() {
    return List.of(
        new Case(c -> with(c, 2, 1), "image_channels is 2; allowed: 1 or 3"),
        new Case(c -> with(c, 3, 3), "patch_size is 3; allowed: 1 or 2"),
        new Case(
            c -> levels(c, List.of(), List.of()),
            "channels_per_level is []; allowed: 1 to 6 levels"),
        new Case(
            c -> levels(c, List.of(8, 8, 8, 8, 8, 8, 8), List.of(1, 1, 1, 1, 1, 1)),
            "channels_per_level is [8, 8, 8, 8, 8, 8, 8]; allowed: 1 to 6 levels"),
        new Case(
            c -> levels(c, List.of(8, 16), List.of(1, 1)),
            "blocks_per_level is [1, 1]; allowed: one number for each level but the last"),
        new Case(
            c -> levels(c, List.of(8, 12), List.of(1)),
            "channels_per_level is [8, 12]; allowed: 1 to 2048 each, multiples of norm_groups"),
        new Case(
            c -> levels(c, List.of(8, 2056), List.of(1)),
            "channels_per_level is [8, 2056]; allowed: 1 to 2048 each, multiples of norm_groups"),
        new Case(
            c -> levels(c, List.of(0, 8), List.of(1)),
            "channels_per_level is [0, 8]; allowed: 1 to 2048 each, multiples of norm_groups"),
        new Case(
            c -> levels(c, List.of(8, 16), List.of(9)),
            "blocks_per_level is [9]; allowed: 1 to 8 each"),
        new Case(
            c -> levels(c, List.of(8, 16), List.of(0)),
            "blocks_per_level is [0]; allowed: 1 to 8 each"),
        new Case(c -> rest(c, 0, 4, 8, 32, 10), "middle_blocks is 0; allowed: 1 to 8"),
        new Case(c -> rest(c, 9, 4, 8, 32, 10), "middle_blocks is 9; allowed: 1 to 8"),
        new Case(c -> rest(c, 1, 3, 8, 32, 10), "attention_heads is 3; allowed: " + HEADS),
        new Case(c -> rest(c, 1, -1, 8, 32, 10), "attention_heads is -1; allowed: " + HEADS),
        new Case(c -> rest(c, 1, 4, 0, 32, 10), "norm_groups is 0; allowed: at least 1"),
        new Case(c -> rest(c, 1, 4, 8, 0, 10), "embedding_channels is 0; allowed: 1 to 2048"),
        new Case(c -> rest(c, 1, 4, 8, 2049, 10), "embedding_channels is 2049; allowed: 1 to 2048"),
        new Case(c -> rest(c, 1, 4, 8, 32, 0), "classes is 0; allowed: 1 to 100000"),
        new Case(c -> rest(c, 1, 4, 8, 32, 100_001), "classes is 100001; allowed: 1 to 100000"));
  }

  static List<Case> architectureCases() {
    return List.of(
        new Case(
            c -> form(c, Skips.BLOCK, List.of(), 0, 0),
            "blocks_per_level is [1, 2]; allowed: one number for each level"),
        new Case(
            c -> form(c, Skips.LEVEL, List.of(2), 0, 0),
            "architecture.attention_levels is [2]; allowed: levels that have blocks, 0 to 1, in"
                + " rising order"),
        new Case(
            c -> form(c, Skips.LEVEL, List.of(1, 0), 0, 0),
            "architecture.attention_levels is [1, 0]; allowed: levels that have blocks, 0 to 1, in"
                + " rising order"),
        new Case(
            c -> form(rest(c, 1, 0, 8, 32, 10), Skips.LEVEL, List.of(0), 0, 0),
            "architecture.attention_levels is [0]; allowed: no levels where attention_heads and"
                + " head_channels are 0"),
        new Case(
            c -> form(c, Skips.LEVEL, List.of(), 8, 0),
            "attention_heads is 4; allowed: 0 where architecture.head_channels says how many there"
                + " are"),
        new Case(
            c -> form(rest(c, 1, 16, 8, 32, 10), Skips.LEVEL, List.of(0), 0, 0),
            "attention_heads is 16; allowed: " + HEADS),
        new Case(
            c -> form(rest(c, 1, 0, 8, 32, 10), Skips.LEVEL, List.of(0), 16, 0),
            "architecture.head_channels is 16; allowed: " + HEADS),
        new Case(
            c -> form(rest(c, 1, 0, 8, 32, 10), Skips.LEVEL, List.of(), -1, 0),
            "architecture.head_channels is -1; allowed: " + HEADS),
        new Case(
            c -> form(c, Skips.LEVEL, List.of(), 0, 1),
            "architecture.dropout is 1.0; allowed: 0 up to, not including, 1"),
        new Case(
            c -> form(c, Skips.LEVEL, List.of(), 0, Double.NaN),
            "architecture.dropout is NaN; allowed: 0 up to, not including, 1"));
  }

  @ParameterizedTest
  @MethodSource("architectureCases")
  void construct_anArchitectureThatDoesNotFit_isRefusedByName(Case wrong) {
    assertThatThrownBy(() -> wrong.change().apply(VALID))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("network.config." + wrong.message());
  }

  private static UNetConfig form(
      UNetConfig c, Skips skips, List<Integer> attended, int headChannels, double dropout) {
    return new UNetConfig(
        c.imageChannels(),
        c.patchSize(),
        c.channelsPerLevel(),
        c.blocksPerLevel(),
        c.middleBlocks(),
        c.attentionHeads(),
        c.normGroups(),
        c.embeddingChannels(),
        c.classes(),
        new UNetArchitecture(skips, Resampling.CONVOLUTION, attended, headChannels, dropout));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void construct_aFieldOutOfBounds_isRefusedByName(Case wrong) {
    assertThatThrownBy(() -> wrong.change().apply(VALID))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("network.config." + wrong.message());
  }

  @Test
  void nullCondition_isTheIndexBehindTheClasses() {
    assertThat(VALID.nullCondition()).isEqualTo(10);
  }

  @ParameterizedTest
  @CsvSource({"1, 1, 1", "1, 3, 4", "2, 1, 2", "2, 3, 8"})
  void sideMultiple_patchAndLevels_eachHalve(int patch, int levels, int expected) {
    List<Integer> channels = List.of(8, 8, 8).subList(0, levels);
    List<Integer> blocks = List.of(1, 1).subList(0, levels - 1);

    assertThat(new UNetConfig(1, patch, channels, blocks, 1, 0, 1, 8, 2).sideMultiple())
        .isEqualTo(expected);
  }

  private static UNetConfig with(UNetConfig c, int imageChannels, int patchSize) {
    return new UNetConfig(
        imageChannels,
        patchSize,
        c.channelsPerLevel(),
        c.blocksPerLevel(),
        c.middleBlocks(),
        c.attentionHeads(),
        c.normGroups(),
        c.embeddingChannels(),
        c.classes());
  }

  private static UNetConfig levels(UNetConfig c, List<Integer> channels, List<Integer> blocks) {
    return new UNetConfig(
        c.imageChannels(),
        c.patchSize(),
        channels,
        blocks,
        c.middleBlocks(),
        c.attentionHeads(),
        c.normGroups(),
        c.embeddingChannels(),
        c.classes());
  }

  private static UNetConfig rest(
      UNetConfig c, int middle, int heads, int groups, int embedding, int classes) {
    return new UNetConfig(
        c.imageChannels(),
        c.patchSize(),
        c.channelsPerLevel(),
        c.blocksPerLevel(),
        middle,
        heads,
        groups,
        embedding,
        classes);
  }
}
