package dev.anagama.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.anagama.diffusion.checkpoint.ImageShape;
import dev.anagama.diffusion.image.PngImages;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FolderImagesTest {
  private static final ImageShape SHAPE = new ImageShape(3, 4, 4);
  private static final int RED = 0xFFFF0000;
  private static final int BLUE = 0xFF0000FF;

  @TempDir private Path folder;

  @BeforeEach
  void write() throws IOException {
    for (String half : List.of("train", "test")) {
      put(half + "/blue/1.png", filled(4, 4, BLUE));
      put(half + "/red/1.png", filled(4, 4, RED));
      put(half + "/red/2.png", filled(4, 4, RED));
    }
    new DataCard("Colours", SHAPE, List.of("made here")).write(folder);
  }

  private static BufferedImage filled(int width, int height, int argb) {
    BufferedImage picture = new BufferedImage(width, height, BufferedImage.TYPE_INT_ARGB);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        picture.setRGB(x, y, argb);
      }
    }
    return picture;
  }

  private Path put(String name, BufferedImage picture) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.write(file, PngImages.encode(picture));
  }

  private ImageSet open(ImageShape... shape) {
    return new DataFolder(folder, Arrays.stream(shape).findFirst()).open(IdxFiles.Split.TRAIN);
  }

  private void assertRefused(String... parts) {
    assertThatThrownBy(this::open).isInstanceOf(DataException.class).hasMessageContainingAll(parts);
  }

  @Test
  void open_aPreparedFolder_isItsPicturesByClass() {
    ImageSet images = open();

    assertThat(images.shape()).isEqualTo(SHAPE);
    assertThat(images.size()).isEqualTo(3);
    assertThat(images.classNames()).containsExactly("blue", "red");
    assertThat(images.classes()).isEqualTo(2);
    assertThat(List.of(images.label(0), images.label(1), images.label(2))).containsExactly(0, 1, 1);
    float[] pixels = new float[1 + SHAPE.count()];
    images.decode(1, pixels, 1);
    // Red is 1, green and blue are -1.
    assertThat(pixels[1]).isEqualTo(1);
    assertThat(pixels[1 + 16]).isEqualTo(-1);
    assertThat(pixels[1 + 32]).isEqualTo(-1);
  }

  @Test
  void open_picturesOfOtherSizes_areCroppedAndAveraged() throws IOException {
    Files.delete(folder.resolve(DataCard.FILE));
    BufferedImage wide = filled(12, 8, RED);
    for (int y = 0; y < 8; y++) {
      for (int x = 0; x < 12; x++) {
        // White within the middle 8 columns: left half of every pair of them.
        wide.setRGB(x, y, x < 2 || x >= 10 ? RED : x % 2 == 0 ? 0xFFFFFFFF : 0xFF000000);
      }
    }
    put("train/red/2.png", wide);

    float[] pixels = new float[SHAPE.count()];
    open(SHAPE).decode(2, pixels, 0);
    for (float pixel : pixels) {
      assertThat(pixel).isEqualTo(0, within(0.005f));
    }
    float[] grey = new float[16];
    open(new ImageShape(1, 4, 4)).decode(1, grey, 0);
    assertThat(grey[0]).isEqualTo(2 * 0.299f - 1, within(0.01f));
  }

  @Test
  void open_aPreparedFolderInGrey_isHeldToItsSizeAllTheSame() throws IOException {
    ImageShape asked = SHAPE.inGrey();
    float[] grey = new float[16];
    open(asked).decode(1, grey, 0);
    assertThat(grey[0]).isEqualTo(2 * 0.299f - 1, within(0.01f));

    Path file = put("train/red/3.png", filled(5, 4, RED));
    assertThatThrownBy(() -> open(asked))
        .isInstanceOf(DataException.class)
        .hasMessage(file + " is 4 x 5 pixels; dataset.json says 4 x 4");
  }

  @Test
  void open_transparency_isWhite() throws IOException {
    put("train/red/2.png", filled(4, 4, 0x00FF0000));

    float[] pixels = new float[SHAPE.count()];
    open().decode(2, pixels, 0);
    assertThat(pixels).containsOnly(1f);
  }

  @Test
  void open_wrongFiles_areNamed() throws IOException {
    Path file = put("train/red/3.png", filled(5, 4, RED));
    assertRefused(file + " is 4 x 5 pixels; dataset.json says 4 x 4");

    Files.writeString(file, "not a picture");
    assertRefused(file + " is not a picture");

    byte[] whole = PngImages.encode(filled(4, 4, RED));
    Files.write(file, Arrays.copyOf(whole, whole.length / 2 + 8));
    assertRefused(file.toString());
    Files.write(file, new byte[0]);
    assertRefused(file.toString());
  }

  @Test
  void open_emptyOrMissingFolders_areNamed() throws IOException {
    Path empty = Files.createDirectories(folder.resolve("train/white"));
    assertThatThrownBy(() -> new DataFolder(folder).open(IdxFiles.Split.TEST))
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll("test has classes [blue, red]", "training has [blue, red, white]");
    assertRefused(empty + " is empty");

    Path none = folder.resolve("none");
    Files.createDirectories(none.resolve("train"));
    assertThatThrownBy(() -> new DataFolder(none).open(IdxFiles.Split.TRAIN))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("so the size of its images must be given");
    assertThatThrownBy(() -> new DataFolder(none, Optional.of(SHAPE)).open(IdxFiles.Split.TRAIN))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(none.resolve("train") + " has no folders");
  }

  @Test
  void open_aCardThatIsNone_isNamed() throws IOException {
    Files.writeString(folder.resolve(DataCard.FILE), "{\"name\": \"Colours\"}");
    assertRefused(DataCard.FILE, "image");
    Files.writeString(folder.resolve(DataCard.FILE), "colours");
    assertRefused(DataCard.FILE);
  }

  @Test
  void open_idxFilesOfAnotherShape_areRefused() throws IOException {
    Path idx = Files.createDirectory(folder.resolve("idx"));
    IdxSamples.write(idx, IdxFiles.Split.TRAIN, IdxSamples.halves(4, 1), "");

    assertThat(new DataFolder(idx).open(IdxFiles.Split.TRAIN).size()).isEqualTo(4);
    assertThat(new DataFolder(idx).classNames()).isEmpty();
    assertThatThrownBy(() -> new DataFolder(idx, Optional.of(SHAPE)).open(IdxFiles.Split.TRAIN))
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll(idx + " has images of ", "asked for");
  }
}
