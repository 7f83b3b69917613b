package dev.anagama.diffusion.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class PixelCodecTest {
  private static int encode(float value) {
    return Byte.toUnsignedInt(PixelCodec.encode(new float[] {value})[0]);
  }

  @Test
  void encode_decodedPixel_isThePixelForAllValues() {
    byte[] pixels = new byte[256];
    for (int i = 0; i < 256; i++) {
      pixels[i] = (byte) i;
    }

    assertThat(PixelCodec.encode(PixelCodec.decode(pixels))).isEqualTo(pixels);
  }

  @Test
  void encode_endsAndMiddle_areBlackWhiteAndRoundedUp() {
    assertThat(encode(-1)).isZero();
    assertThat(encode(1)).isEqualTo(255);
    assertThat(encode(0)).as("127.5 goes up").isEqualTo(128);
    assertThat(encode(-0x1p-20f)).isEqualTo(127);
    assertThat(encode((float) (254.4 / 127.5 - 1))).isEqualTo(254);
  }

  @Test
  void encode_outside_isClipped() {
    assertThat(encode(-3)).isZero();
    assertThat(encode(1.2f)).isEqualTo(255);
    assertThat(encode(Float.MAX_VALUE)).isEqualTo(255);
    assertThat(encode(Float.NEGATIVE_INFINITY)).isZero();
  }

  @Test
  void encode_notANumber_isRefused() {
    assertThatThrownBy(() -> PixelCodec.encode(new float[] {0, Float.NaN}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("value 1 is NaN, must be a number");
  }

  @Test
  void decode_ends_areMinusOneAndOne() {
    assertThat(PixelCodec.decode(new byte[] {0, (byte) 255})).containsExactly(-1, 1);
  }
}
