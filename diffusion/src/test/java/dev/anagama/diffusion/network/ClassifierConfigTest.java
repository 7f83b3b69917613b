package dev.anagama.diffusion.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ClassifierConfigTest {
  private static final List<Integer> WIDTHS = List.of(8, 16);
  private static final List<Integer> BLOCKS = List.of(1, 2);

  /** A configuration that is refused, and what is said of it. */
  private record Case(Supplier<ClassifierConfig> made, String message) {
    @Override
    public String toString() {
      return message;
    }
  }

  static List<Case> cases() {
    return List.of(
        new Case(
            () -> new ClassifierConfig(2, 1, WIDTHS, BLOCKS, 2, 8, 3),
            "image_channels is 2; allowed: 1 or 3"),
        new Case(
            () -> new ClassifierConfig(1, 4, WIDTHS, BLOCKS, 2, 8, 3),
            "patch_size is 4; allowed: 1 or 2"),
        new Case(
            () -> new ClassifierConfig(1, 1, List.of(), List.of(), 2, 8, 3),
            "channels_per_level is []; allowed: 1 to 6 levels"),
        new Case(
            () -> new ClassifierConfig(1, 1, List.of(8, 2049), BLOCKS, 1, 8, 3),
            "channels_per_level is [8, 2049]; allowed: 1 to 2048 each"),
        new Case(
            () -> new ClassifierConfig(1, 1, WIDTHS, List.of(1), 2, 8, 3),
            "blocks_per_level is [1]; allowed: one number for each level, 1 to 8 each"),
        new Case(
            () -> new ClassifierConfig(1, 1, WIDTHS, List.of(1, 9), 2, 8, 3),
            "blocks_per_level is [1, 9]; allowed: one number for each level, 1 to 8 each"),
        new Case(
            () -> new ClassifierConfig(1, 1, WIDTHS, BLOCKS, 3, 8, 3),
            "pool_heads is 3; allowed: a divisor of the last level's channels"),
        new Case(
            () -> new ClassifierConfig(1, 1, WIDTHS, BLOCKS, 2, 0, 3),
            "embedding_channels is 0; allowed: 1 to 2048"),
        new Case(
            () -> new ClassifierConfig(1, 1, WIDTHS, BLOCKS, 2, 8, 1),
            "classes is 1; allowed: 2 to 100000"));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void construct_outOfRange_isRefused(Case refused) {
    assertThatThrownBy(refused.made()::get)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the classifier's " + refused.message());
  }

  @Test
  void sideMultiple_patchesAndLevels_multiply() {
    assertThat(new ClassifierConfig(1, 2, WIDTHS, BLOCKS, 2, 8, 3).sideMultiple()).isEqualTo(4);
  }
}
