package dev.anagama.trainer.data;

import dev.anagama.diffusion.checkpoint.ImageShape;
import java.util.List;

/**
 * Images with their labels, held in memory.
 *
 * @param shape of each image
 * @param pixels unsigned bytes, image after image, each in the order channels, rows, columns
 * @param labels unsigned bytes, one for each image
 */
public record LabelledImages(ImageShape shape, byte[] pixels, byte[] labels) implements ImageSet {
  public LabelledImages {
    if (labels.length == 0 || pixels.length != (long) labels.length * shape.count()) {
      throw new DataException(
          "%d labels and %d pixels; each image of %s needs one label and %d pixels"
              .formatted(labels.length, pixels.length, shape, shape.count()));
    }
  }

  @Override
  public int size() {
    return labels.length;
  }

  @Override
  public int label(int index) {
    return Byte.toUnsignedInt(labels[index]);
  }

  @Override
  public int classes() {
    int largest = 0;
    for (byte label : labels) {
      largest = Math.max(largest, Byte.toUnsignedInt(label));
    }
    return largest + 1;
  }

  /** {@inheritDoc} IDX files have none. */
  @Override
  public List<String> classNames() {
    return List.of();
  }

  @Override
  public void decode(int index, float[] target, int offset) {
    int start = index * shape.count();
    for (int i = 0; i < shape.count(); i++) {
      target[offset + i] = (float) (Byte.toUnsignedInt(pixels[start + i]) / 127.5 - 1);
    }
  }
}
