package dev.anagama.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.anagama.diffusion.checkpoint.ImageShape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IdxFilesTest {
  private static final Path FASHION_MNIST = Path.of("/usr/share/datasets/fashion-mnist");

  @TempDir private Path folder;

  private final LabelledImages images = IdxSamples.halves(6, 1);

  private Path imageFile() {
    return folder.resolve("train-images-idx3-ubyte");
  }

  private Path labelFile() {
    return folder.resolve("train-labels-idx1-ubyte");
  }

  private void assertRefused(String... parts) {
    assertThatThrownBy(() -> IdxFiles.read(folder, IdxFiles.Split.TRAIN))
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll(parts);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".gz"})
  void read_plainOrGzipped_isWhatWasWritten(String suffix) throws IOException {
    LabelledImages other = IdxSamples.halves(4, 2);
    IdxSamples.write(folder, IdxFiles.Split.TRAIN, images, suffix);
    IdxSamples.write(folder, IdxFiles.Split.TEST, other, suffix);

    LabelledImages train = IdxFiles.read(folder, IdxFiles.Split.TRAIN);

    assertThat(train.shape()).isEqualTo(new ImageShape(1, 8, 8));
    assertThat(train.pixels()).isEqualTo(images.pixels());
    assertThat(train.labels()).isEqualTo(images.labels());
    assertThat(IdxFiles.read(folder, IdxFiles.Split.TEST).pixels()).isEqualTo(other.pixels());
  }

  @Test
  void read_plainBesideGzipped_takesThePlainOne() throws IOException {
    IdxSamples.write(folder, IdxFiles.Split.TRAIN, IdxSamples.halves(2, 2), ".gz");
    IdxSamples.write(folder, IdxFiles.Split.TRAIN, images, "");

    assertThat(IdxFiles.read(folder, IdxFiles.Split.TRAIN).size()).isEqualTo(6);
  }

  @Test
  void read_missing_saysWhichFileAndWhereToGetIt() throws IOException {
    assertRefused(
        folder + " has no train-images-idx3-ubyte or train-images-idx3-ubyte.gz",
        "Debian's package dataset-fashion-mnist",
        "/usr/share/datasets/fashion-mnist");

    IdxSamples.write(folder, IdxFiles.Split.TRAIN, images, "");
    Files.delete(labelFile());
    assertRefused(folder + " has no train-labels-idx1-ubyte or train-labels-idx1-ubyte.gz");
  }

  @Test
  void read_cutShort_saysSo() throws IOException {
    IdxSamples.write(folder, IdxFiles.Split.TRAIN, images, "");
    byte[] whole = Files.readAllBytes(imageFile());

    Files.write(imageFile(), Arrays.copyOf(whole, whole.length - 1));
    assertRefused(imageFile() + " is cut short: it announces 384 bytes and has 383");
    Files.write(imageFile(), Arrays.copyOf(whole, 10));
    assertRefused(imageFile() + " is cut short");
    Files.write(imageFile(), new byte[0]);
    assertRefused(imageFile() + " is cut short");
  }

  @Test
  void read_gzipCutShortOrNone_saysSo() throws IOException {
    IdxSamples.write(folder, IdxFiles.Split.TRAIN, images, ".gz");
    Path file = folder.resolve("train-images-idx3-ubyte.gz");
    byte[] whole = Files.readAllBytes(file);

    Files.write(file, Arrays.copyOf(whole, whole.length / 2));
    assertRefused(file + " is cut short");
    Files.writeString(file, "this was never compressed");
    assertRefused("cannot read " + file + ": ");
  }

  @Test
  void read_moreThanAnnounced_isRefused() throws IOException {
    IdxSamples.write(folder, IdxFiles.Split.TRAIN, images, "");
    byte[] whole = Files.readAllBytes(labelFile());
    Files.write(labelFile(), Arrays.copyOf(whole, whole.length + 1));

    assertRefused(labelFile() + " has more than the 6 bytes that it announces");
  }

  @Test
  void read_anotherKindOfFile_isRefused() throws IOException {
    IdxSamples.write(folder, IdxFiles.Split.TRAIN, images, "");
    Files.copy(labelFile(), imageFile(), StandardCopyOption.REPLACE_EXISTING);

    assertRefused(
        imageFile() + " begins with 00000801; an IDX file of 3 dimensions begins with 00000803");
  }

  @Test
  void read_otherNumbersOfImagesAndLabels_isRefused() throws IOException {
    IdxSamples.write(folder, IdxFiles.Split.TRAIN, images, "");
    IdxSamples.write(labelFile(), IdxSamples.idx(0x801, new byte[5], 5));

    assertRefused(
        imageFile() + " has 6 images and " + labelFile() + " has 5 labels; they must be as many");
  }

  @Test
  void read_sizesOutOfBounds_areRefusedBeforeAnythingIsTaken() throws IOException {
    int largest = Integer.MAX_VALUE;
    IdxSamples.write(folder, IdxFiles.Split.TRAIN, images, "");
    for (int[] sizes :
        new int[][] {
          {0, 8, 8},
          {1, -1, -1},
          {largest, largest, largest},
          {3, largest, 1},
          {1 << 16, 1 << 16, 1}
        }) {
      IdxSamples.write(imageFile(), IdxSamples.idx(0x803, new byte[64], sizes));
      assertRefused(
          imageFile() + " announces sizes " + Arrays.toString(sizes),
          "allowed: each at least 1, together at most 1000000000 bytes");
    }
    IdxSamples.write(imageFile(), IdxSamples.idx(0x803, new byte[2048], 1, 2048, 1));
    IdxSamples.write(labelFile(), IdxSamples.idx(0x801, new byte[1], 1));
    assertRefused(imageFile() + ": image.height is 2048; allowed: 1 to 1024");
  }

  @Test
  void decode_bytes_areFromMinusOneToOne() {
    LabelledImages two =
        new LabelledImages(
            new ImageShape(1, 1, 2), new byte[] {1, 2, 0, (byte) 255}, new byte[] {3, (byte) 200});
    float[] target = {9, 9, 9, 9};

    two.decode(1, target, 1);

    assertThat(target).containsExactly(9, -1, 1, 9);
    assertThat(two.label(1)).isEqualTo(200);
    assertThat(two.classes()).isEqualTo(201);
    assertThatThrownBy(() -> new LabelledImages(new ImageShape(1, 1, 2), new byte[3], new byte[1]))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("1 labels and 3 pixels");
  }

  @Test
  void read_fashionMnist_isTheDataSet() {
    assumeTrue(
        Files.isDirectory(FASHION_MNIST),
        FASHION_MNIST + " is not there (Debian's package dataset-fashion-mnist)");
    LabelledImages train = IdxFiles.read(FASHION_MNIST, IdxFiles.Split.TRAIN);
    LabelledImages test = IdxFiles.read(FASHION_MNIST, IdxFiles.Split.TEST);

    assertThat(train.shape()).isEqualTo(new ImageShape(1, 28, 28));
    assertThat(train.size()).isEqualTo(60_000);
    assertThat(test.size()).isEqualTo(10_000);
    int[] counts = new int[train.classes()];
    for (int i = 0; i < train.size(); i++) {
      counts[train.label(i)]++;
    }
    assertThat(counts).hasSize(10).containsOnly(6000);
  }
}
