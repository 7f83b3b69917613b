package dev.anagama.deploy.cli;

import dev.anagama.diffusion.checkpoint.ImageShape;
import dev.anagama.trainer.data.DataCard;
import dev.anagama.trainer.data.DataFolder;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** To what pictures of a data set are brought. */
final class PictureOptions {
  private static final int COLOURS = 3;

  @Option(
      names = "--image-size",
      paramLabel = "N",
      description =
          "Side to which pictures are cropped and averaged (default: what dataset.json says, or"
              + " else what a named recipe is for).")
  private Optional<Integer> imageSize = Optional.empty();

  @Option(names = "--grey", description = "Make pictures grey, whatever their size.")
  private boolean grey;

  /**
   * Pictures get the size that is asked for, or that they have. IDX files have a size, and are grey.
   *
   * @param otherwise of pictures of which nothing says how large they should be
   */
  DataFolder folder(Path path, Optional<ImageShape> otherwise) {
    DataFolder folder = new DataFolder(path);
    boolean pictures = !folder.classNames().isEmpty();
    Optional<ImageShape> shape = imageSize.map(side -> new ImageShape(COLOURS, side, side));
    if (pictures) {
      shape = shape.or(() -> folder.card().map(DataCard::image)).or(() -> otherwise);
    }
    return new DataFolder(path, grey || !pictures ? shape.map(ImageShape::inGrey) : shape);
  }
}
