package dev.anagama.trainer.data;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;

/** Decodes pictures of the kinds that Java reads: PNG, JPEG, GIF and BMP. */
final class PictureDecoder {
  private PictureDecoder() {}

  /**
   * Decodes a file.
   *
   * @throws DataException naming the file, if it is not a picture or is damaged
   */
  static BufferedImage decode(Path file) {
    BufferedImage picture;
    try {
      picture = ImageIO.read(file.toFile());
    } catch (IOException | RuntimeException e) {
      // Decoders end damaged files in either way.
      throw unreadable(file, e);
    }
    if (picture == null) {
      throw new DataException(file + " is not a picture of a kind that is read");
    }
    return picture;
  }

  /** What a decoder says is often in the cause only, and sometimes nowhere. */
  static DataException unreadable(Path file, Exception e) {
    Throwable told = e.getCause() == null ? e : e.getCause();
    String reason = told.getMessage() == null ? told.getClass().getSimpleName() : told.getMessage();
    return new DataException(
        "cannot read %s: %s".formatted(file, reason.lines().findFirst().orElse("")), e);
  }
}
