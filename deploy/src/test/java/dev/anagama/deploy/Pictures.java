package dev.anagama.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.anagama.diffusion.image.PngImages;
import java.awt.image.BufferedImage;
import java.awt.image.Raster;

/** Comparison of pictures. */
public final class Pictures {
  private Pictures() {}

  /** The largest difference between two PNGs of one size, in grey levels. */
  public static int largestDifference(byte[] one, byte[] other) {
    BufferedImage a = PngImages.decode(one);
    BufferedImage b = PngImages.decode(other);
    assertThat(a.getWidth()).isEqualTo(b.getWidth());
    assertThat(a.getHeight()).isEqualTo(b.getHeight());
    int largest = 0;
    int[] samplesOfA = samples(a.getRaster());
    int[] samplesOfB = samples(b.getRaster());
    assertThat(samplesOfA).hasSameSizeAs(samplesOfB);
    for (int i = 0; i < samplesOfA.length; i++) {
      largest = Math.max(largest, Math.abs(samplesOfA[i] - samplesOfB[i]));
    }
    return largest;
  }

  private static int[] samples(Raster raster) {
    return raster.getPixels(0, 0, raster.getWidth(), raster.getHeight(), (int[]) null);
  }
}
