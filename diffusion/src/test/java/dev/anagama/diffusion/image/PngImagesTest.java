package dev.anagama.diffusion.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import org.junit.jupiter.api.Test;

class PngImagesTest {
  private static byte[] ramp(int length) {
    byte[] pixels = new byte[length];
    for (int i = 0; i < length; i++) {
      pixels[i] = (byte) (i * 37);
    }
    return pixels;
  }

  @Test
  void encode_grey_comesBackAsItWas() {
    byte[] pixels = ramp(5 * 7);

    BufferedImage picture = PngImages.decode(PngImages.encode(pixels, 1, 5, 7));

    assertThat(picture.getWidth()).isEqualTo(7);
    assertThat(picture.getHeight()).isEqualTo(5);
    assertThat(picture.getRaster().getNumBands()).isEqualTo(1);
    for (int i = 0; i < pixels.length; i++) {
      assertThat((byte) picture.getRaster().getSample(i % 7, i / 7, 0)).isEqualTo(pixels[i]);
    }
  }

  @Test
  void encode_rgb_keepsPlanesInOrder() {
    byte[] pixels = ramp(3 * 2 * 4);

    BufferedImage picture = PngImages.decode(PngImages.encode(pixels, 3, 2, 4));

    for (int i = 0; i < 8; i++) {
      int rgb = picture.getRGB(i % 4, i / 4);
      assertThat((byte) (rgb >> 16)).as("red %s", i).isEqualTo(pixels[i]);
      assertThat((byte) (rgb >> 8)).as("green %s", i).isEqualTo(pixels[8 + i]);
      assertThat((byte) rgb).as("blue %s", i).isEqualTo(pixels[16 + i]);
    }
  }

  @Test
  void encode_modelValues_goThroughThePixelCodec() {
    float[] values = {-1, 0, 1, 7};

    assertThat(PngImages.encode(values, 1, 2, 2))
        .isEqualTo(PngImages.encode(new byte[] {0, (byte) 128, -1, -1}, 1, 2, 2));
  }

  @Test
  void encode_twice_givesTheSameBytes() {
    assertThat(PngImages.encode(ramp(784), 1, 28, 28))
        .isEqualTo(PngImages.encode(ramp(784), 1, 28, 28))
        .startsWith(0x89, 'P', 'N', 'G');
  }

  @Test
  void encode_wrongSizes_areRefused() {
    assertThatThrownBy(() -> PngImages.encode(ramp(8), 2, 2, 2))
        .hasMessage("channels is 2, must be 1 or 3");
    assertThatThrownBy(() -> PngImages.encode(ramp(8), 1, 0, 8))
        .hasMessage("height x width is 0 x 8, each must be within [1, 32768]");
    assertThatThrownBy(() -> PngImages.encode(ramp(8), 1, 3, 3))
        .hasMessage("pixels are 8, must be 9");
  }

  @Test
  void decode_noImage_isRefused() {
    assertThatThrownBy(() -> PngImages.decode(ramp(40)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("40 bytes are not an image, must be a PNG");
    byte[] cut = java.util.Arrays.copyOf(PngImages.encode(ramp(784), 1, 28, 28), 90);
    assertThatThrownBy(() -> PngImages.decode(cut)).isInstanceOf(IllegalArgumentException.class);
  }
}
