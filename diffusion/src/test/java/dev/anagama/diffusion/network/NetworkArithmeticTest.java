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

  @Test
  void operationsPerRow_admsForm_isTheCountByHand() {
    // Levels of 16 x 16, 8 x 8 and 4 x 4 pixels and 8, 8 and 16 channels.
    long fine = 256;
    long middle = 64;
    long coarse = 16;
    long way8 = 2 * 8 * 8;
    long convolutions =
        9
            * (3 * 8 * fine // stem
                + way8 * fine // down_0_0
                + way8 * middle // shrink_0
                + 2 * way8 * middle // down_1_0 and down_1_1
                + way8 * coarse // shrink_1
                + (8 * 16 + 16 * 16) * coarse // down_2_0
                + 2 * 2 * 16 * 16 * coarse // middle_0 and middle_1
                + (32 * 16 + 16 * 16) * coarse // up_2_0, with the skip of down_2_0
                + (24 * 16 + 16 * 16) * coarse // up_2_1, with the skip of shrink_1
                + 2 * 16 * 16 * middle // grow_1
                + (24 * 8 + 8 * 8) * middle // up_1_0
                + 2 * (16 * 8 + 8 * 8) * middle // up_1_1 and up_1_2
                + way8 * fine // grow_0
                + 2 * (16 * 8 + 8 * 8) * fine // up_0_0 and up_0_1
                + 8 * 3 * fine); // head
    long across =
        8 * 16 * coarse
            + (32 * 16 + 24 * 16) * coarse
            + (24 * 8 + 2 * 16 * 8) * middle
            + 2 * 16 * 8 * fine;
    // Behind down_1_0, down_1_1, up_1_0, up_1_1 and up_1_2; down_2_0, the middle, up_2_0, up_2_1.
    long attention =
        5 * (4 * 8 * 8 * middle + 2 * middle * middle * 8)
            + 4 * (4 * 16 * 16 * coarse + 2 * coarse * coarse * 16);
    long embedding = 64 * 12 + 12 * 12;
    // Blocks of 8 channels: 4 down, 5 up, 1 grown; of 16: 1 down, 2 middle, 2 up, 1 grown.
    long modulations = 12 * 2 * (11 * 8 + 6 * 16);

    assertThat(NetworkArithmetic.operationsPerRow(Networks.ADM, 16, 16))
        .isEqualTo(2 * (convolutions + across + attention + embedding + modulations));
  }
}
