package dev.anagama.trainer.data;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.FileImageInputStream;
import javax.imageio.stream.ImageInputStream;

/**
 * The size that a picture's file announces, found without decoding it.
 *
 * @param height in pixels
 * @param width in pixels
 */
record PictureHeader(int height, int width) {
  /** Longest side of a picture that is read: larger ones would take the memory of a whole batch. */
  static final int MAX_SIDE = 16_384;

  /**
   * Reads the header.
   *
   * @throws DataException naming the file, if it is not a picture
   */
  static PictureHeader read(Path path) {
    File file = path.toFile();
    try (ImageInputStream in = new FileImageInputStream(file)) {
      Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
      if (!readers.hasNext()) {
        throw new DataException(path + " is not a picture of a kind that is read");
      }
      ImageReader reader = readers.next();
      try {
        reader.setInput(in, true, true);
        PictureHeader header = new PictureHeader(reader.getHeight(0), reader.getWidth(0));
        if (Math.max(header.height, header.width) > MAX_SIDE) {
          throw new DataException(
              "%s is %d x %d pixels; allowed: sides of up to %d"
                  .formatted(path, header.height, header.width, MAX_SIDE));
        }
        return header;
      } finally {
        reader.dispose();
      }
    } catch (DataException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      // Readers end damaged files in either way.
      throw PictureDecoder.unreadable(path, e);
    }
  }
}
