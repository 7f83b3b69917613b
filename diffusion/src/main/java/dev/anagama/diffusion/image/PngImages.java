package dev.anagama.diffusion.image;

import java.awt.image.BufferedImage;
import java.awt.image.WritableRaster;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageInputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/**
 * Grey and RGB pictures as PNG, 8 bits a channel, without time stamps or other metadata: the same
 * pixels give the same bytes on one version of Java.
 */
public final class PngImages {
  /** Longest side of a picture, in pixels. */
  public static final int MAX_SIDE = 32_768;

  private PngImages() {}

  /**
   * An image as a model makes it, as PNG.
   *
   * @param values [channels, height, width] in row-major order, in [-1, 1]; see {@link PixelCodec}
   * @throws IllegalArgumentException if the sizes are wrong or a value is not a number
   */
  public static byte[] encode(float[] values, int channels, int height, int width) {
    return encode(PixelCodec.encode(values), channels, height, width);
  }

  /**
   * Pixels as PNG.
   *
   * @param pixels unsigned bytes [channels, height, width] in row-major order
   * @throws IllegalArgumentException if the sizes are wrong
   */
  public static byte[] encode(byte[] pixels, int channels, int height, int width) {
    return encode(picture(pixels, channels, height, width));
  }

  /** A picture as PNG. */
  public static byte[] encode(BufferedImage picture) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageWriter writer = ImageIO.getImageWritersByFormatName("png").next();
    // In memory by name: ImageIO's own default is a temporary file.
    try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
      writer.setOutput(out);
      writer.write(picture);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write a PNG to memory", e);
    } finally {
      writer.dispose();
    }
    return bytes.toByteArray();
  }

  /**
   * The picture in a PNG.
   *
   * @throws IllegalArgumentException if the bytes are not an image
   */
  public static BufferedImage decode(byte[] png) {
    try {
      // ImageIO closes the stream, which holds nothing but these bytes.
      BufferedImage picture =
          ImageIO.read(new MemoryCacheImageInputStream(new ByteArrayInputStream(png)));
      if (picture == null) {
        throw new IllegalArgumentException(png.length + " bytes are not an image, must be a PNG");
      }
      return picture;
    } catch (IOException e) {
      throw new IllegalArgumentException(png.length + " bytes are a damaged image", e);
    }
  }

  /**
   * Pixels as a picture: {@link BufferedImage#TYPE_BYTE_GRAY} for one channel, else RGB.
   *
   * @param pixels unsigned bytes [channels, height, width] in row-major order
   * @param channels 1 (grey) or 3 (red, green, blue)
   * @param height 1 to {@value #MAX_SIDE}
   * @param width 1 to {@value #MAX_SIDE}
   * @throws IllegalArgumentException if the sizes are wrong
   */
  public static BufferedImage picture(byte[] pixels, int channels, int height, int width) {
    requireSizes(pixels.length, channels, height, width);
    int type = channels == 1 ? BufferedImage.TYPE_BYTE_GRAY : BufferedImage.TYPE_3BYTE_BGR;
    BufferedImage picture = new BufferedImage(width, height, type);
    // Through the raster, which keeps grey values as they are; setRGB would bend them.
    WritableRaster raster = picture.getRaster();
    int[] samples = new int[height * width];
    for (int channel = 0; channel < channels; channel++) {
      for (int i = 0; i < samples.length; i++) {
        samples[i] = Byte.toUnsignedInt(pixels[channel * samples.length + i]);
      }
      raster.setSamples(0, 0, width, height, channel, samples);
    }
    return picture;
  }

  private static void requireSizes(int pixels, int channels, int height, int width) {
    if (channels != 1 && channels != 3) {
      throw new IllegalArgumentException("channels is " + channels + ", must be 1 or 3");
    }
    if (height < 1 || height > MAX_SIDE || width < 1 || width > MAX_SIDE) {
      throw new IllegalArgumentException(
          "height x width is "
              + height
              + " x "
              + width
              + ", each must be within [1, "
              + MAX_SIDE
              + "]");
    }
    if (pixels != (long) channels * height * width) {
      throw new IllegalArgumentException(
          "pixels are " + pixels + ", must be " + (long) channels * height * width);
    }
  }
}
