package dev.anagama.trainer.data;

import dev.anagama.diffusion.checkpoint.CheckpointManifest;
import dev.anagama.diffusion.checkpoint.ImageShape;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A folder of training data: IDX files (see {@link IdxFiles}), or pictures in folders by class
 * under {@code train/} and {@code test/} (see {@link FolderImages}).
 *
 * @param path of the folder
 * @param shape to which pictures are brought; empty to take what the folder's {@value
 *     DataCard#FILE} says. IDX files must have it already
 */
public record DataFolder(Path path, Optional<ImageShape> shape) {
  /** A folder that says itself which size its images have. */
  public DataFolder(Path path) {
    this(path, Optional.empty());
  }

  /**
   * Opens one half of the data and checks it.
   *
   * @throws DataException naming what is wrong
   */
  public ImageSet open(IdxFiles.Split split) {
    if (hasPictures()) {
      return FolderImages.open(path, split, shape);
    }
    LabelledImages images = IdxFiles.read(path, split);
    if (shape.isPresent() && !shape.get().equals(images.shape())) {
      throw new DataException(
          "%s has images of %s; asked for: %s".formatted(path, images.shape(), shape.get()));
    }
    return images;
  }

  /**
   * Opens one half of the data, for a checkpoint: pictures are brought to the size of its images.
   *
   * @throws DataException naming what is wrong, also if the checkpoint makes other images
   */
  public ImageSet open(IdxFiles.Split split, CheckpointManifest checkpoint) {
    ImageSet images =
        hasPictures()
            ? FolderImages.open(path, split, Optional.of(checkpoint.image()))
            : IdxFiles.read(path, split);
    int classes = checkpoint.classNames().size();
    if (!images.shape().equals(checkpoint.image()) || images.classes() > classes) {
      throw new DataException(
          "%s has images of %s with labels up to %d; the checkpoint makes %s in %d classes"
              .formatted(path, images.shape(), images.classes() - 1, checkpoint.image(), classes));
    }
    return images;
  }

  /** Names by label; empty where the data name none. */
  public List<String> classNames() {
    return hasPictures() ? FolderImages.classNames(path) : List.of();
  }

  /** What a prepared data set says of itself. */
  public Optional<DataCard> card() {
    return DataCard.read(path);
  }

  private boolean hasPictures() {
    return Files.isDirectory(path.resolve(FolderImages.name(IdxFiles.Split.TRAIN)));
  }
}
