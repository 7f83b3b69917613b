package dev.anagama.diffusion.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class NetworkArithmeticTest {
  @Test
  void operationsPerRow_theShippedNetwork_isTheCountByHand() {
    UNetConfig shipped =
        new UNetConfig(1, 1, List.of(32, 64, 128), List.of(1, 1), 2, 0, 1, 128, 10);
    long fine = 28 * 28;
    long middle = 14 * 14;
    long coarse = 7 * 7;

    long convolutions =
        9
            * (32 * fine // stem
                + 2 * 32 * 32 * fine // down_0_0
                + 32 * 64 * middle // shrink_0
                + 2 * 64 * 64 * middle // down_1_0
                + 64 * 128 * coarse // shrink_1
                + 4 * 128 * 128 * coarse // middle_0 and middle_1
                + 128 * 64 * middle // grow_1
                + (128 * 64 + 64 * 64) * middle // up_1_0
                + 64 * 32 * fine // grow_0
                + (64 * 32 + 32 * 32) * fine // up_0_0
                + 32 * fine); // head
    long across = 128 * 64 * middle + 64 * 32 * fine;
    long embedding = 64 * 128 + 128 * 128;
    long modulations = 128 * 2 * (32 + 64 + 128 + 128 + 64 + 32);

    long found = NetworkArithmetic.operationsPerRow(shipped, 28, 28);
    assertThat(found).isEqualTo(2 * (convolutions + across + embedding + modulations));
    assertThat(found / 1_000_000).isEqualTo(282);
  }

  @Test
  void operationsPerRow_patchesAndAttention_isTheCountByHand() {
    // 8 x 12 pixels are 4 x 6 patches of 12 values.
    long positions = 24;
    long convolutions = 9 * (12 * 16 + 2 * 2 * 16 * 16 + 16 * 12) * positions;
    long attention = (3 + 1) * 16 * 16 * positions + 2 * positions * positions * 16;
    long embedding = 64 * 8 + 8 * 8;
    long modulations = 2 * 8 * 2 * 16;

    assertThat(NetworkArithmetic.operationsPerRow(Networks.FLAT, 8, 12))
        .isEqualTo(2 * (convolutions + attention + embedding + modulations));
  }
}
