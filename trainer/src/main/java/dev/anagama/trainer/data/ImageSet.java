package dev.anagama.trainer.data;

import dev.anagama.diffusion.checkpoint.ImageShape;
import java.util.List;

/** Labelled images of one size. One thread at a time uses it. */
public sealed interface ImageSet permits LabelledImages, FolderImages {
  /** Size of each image. */
  ImageShape shape();

  /** Number of images, at least 1. */
  int size();

  /** Label of an image, 0 to {@link #classes} - 1. */
  int label(int index);

  /** One more than the largest label that the data can have. */
  int classes();

  /** Names by label; empty where the data name none. */
  List<String> classNames();

  /**
   * Writes the image's pixels as values in [-1, 1], {@code b / 127.5 - 1}, in the order channels,
   * rows, columns.
   *
   * @throws DataException naming the file, if it can not be read any more
   */
  void decode(int index, float[] target, int offset);
}
