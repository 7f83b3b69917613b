package dev.anagama.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;

import dev.anagama.diffusion.checkpoint.ImageShape;
import java.util.HashSet;
import java.util.Set;
import org.apache.commons.rng.UniformRandomProvider;
import org.apache.commons.rng.simple.RandomSource;
import org.junit.jupiter.api.Test;

class RandomShiftTest {
  private static final int SIDE = 28;

  private final UniformRandomProvider random = RandomSource.XO_SHI_RO_256_PP.create(1);

  @Test
  void move_imagesOf28Pixels_goesAPixelEachWayAndRepeatsTheEdge() {
    ImageShape shape = new ImageShape(1, SIDE, SIDE);
    Set<Integer> moves = new HashSet<>();
    for (int i = 0; i < 200; i++) {
      float[] pixels = new float[2 * shape.count()];
      for (int at = 0; at < shape.count(); at++) {
        pixels[shape.count() + at] = at;
      }
      RandomShift.move(pixels, shape.count(), shape, random);

      int middle = (SIDE / 2) * SIDE + SIDE / 2;
      int move = (int) pixels[shape.count() + middle] - middle;
      moves.add(move);
      int down = Math.round((float) move / SIDE);
      int right = move - down * SIDE;
      for (int y = 0; y < SIDE; y++) {
        for (int x = 0; x < SIDE; x++) {
          int from =
              Math.max(0, Math.min(SIDE - 1, y + down)) * SIDE
                  + Math.max(0, Math.min(SIDE - 1, x + right));
          assertThat(pixels[shape.count() + y * SIDE + x]).isEqualTo(from);
        }
      }
      // The image before it is left alone.
      assertThat(pixels[shape.count() - 1]).isZero();
    }
    assertThat(moves).containsExactlyInAnyOrder(-29, -28, -27, -1, 0, 1, 27, 28, 29);
  }

  @Test
  void move_smallImages_leavesThem() {
    float[] pixels = {1, 2, 3, 4};
    RandomShift.move(pixels, 0, new ImageShape(1, 2, 2), random);
    assertThat(pixels).containsExactly(1, 2, 3, 4);
  }
}
