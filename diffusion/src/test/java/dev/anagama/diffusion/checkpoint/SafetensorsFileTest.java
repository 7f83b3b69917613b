package dev.anagama.diffusion.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.anagama.diffusion.network.Weights;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsFileTest {
  /** More than a chunk, and no whole number of them. */
  private static final int LARGE = 2 * Safetensors.CHUNK_BYTES / Float.BYTES + 3;

  @TempDir private Path folder;
  private Path file;

  @BeforeEach
  void name() {
    file = folder.resolve("w.safetensors");
  }

  private static Weights weights() {
    float[] large = new float[LARGE];
    for (int i = 0; i < LARGE; i++) {
      large[i] = i;
    }
    Map<String, Weights.Tensor> tensors = new LinkedHashMap<>();
    tensors.put("small", new Weights.Tensor(new long[] {2, 1}, new float[] {1.5f, -2}));
    tensors.put("large", new Weights.Tensor(new long[] {LARGE}, large));
    tensors.put("none", new Weights.Tensor(new long[] {0, 3}, new float[0]));
    tensors.put("last", new Weights.Tensor(new long[] {}, new float[] {7}));
    return new Weights(tensors);
  }

  private void assertRefused(String... parts) {
    assertThatThrownBy(() -> SafetensorsFile.open(file).close())
        .isInstanceOf(CheckpointException.class)
        .hasMessageContainingAll(parts);
  }

  @Test
  void tensor_anyOne_isAsItWasWritten() throws IOException {
    Files.write(file, Safetensors.write(weights(), Map.of("by", "a test")));

    try (SafetensorsFile found = SafetensorsFile.open(file)) {
      assertThat(found.metadata()).isEqualTo(Map.of("by", "a test"));
      assertThat(found.shapes().keySet()).containsExactly("small", "large", "none", "last");
      for (String name : new String[] {"last", "none", "large", "small"}) {
        assertThat(found.shapes().get(name)).isEqualTo(weights().tensor(name).shape());
        assertThat(found.tensor(name).shape()).isEqualTo(weights().tensor(name).shape());
        assertThat(found.tensor(name).values()).isEqualTo(weights().tensor(name).values());
      }
      assertThatThrownBy(() -> found.tensor("other"))
          .isInstanceOf(CheckpointException.class)
          .hasMessage(file + " holds no tensor 'other'");
    }
  }

  @Test
  void weights_inAnyOrderOfTheFile_showEveryByteToTheDigest() throws Exception {
    byte[] bytes = Safetensors.write(weights(), Map.of());
    // The names change places: what the header says first now lies last.
    String header = new String(bytes, 8, 300, StandardCharsets.ISO_8859_1);
    byte[] swapped =
        header
            .replace("\"small\"", "\"tmp\"")
            .replace("\"last\"", "\"small\"")
            .replace("\"tmp\"", "\"last\"")
            .replace("[2,1]", "[1,2]")
            .getBytes(StandardCharsets.ISO_8859_1);
    System.arraycopy(swapped, 0, bytes, 8, swapped.length);
    Files.write(file, bytes);
    MessageDigest digest = MessageDigest.getInstance("SHA-256");

    try (SafetensorsFile found = SafetensorsFile.open(file)) {
      Weights read = found.weights(digest);

      assertThat(read.tensors().keySet()).containsExactly("last", "large", "none", "small");
      assertThat(read.tensor("last").values()).containsExactly(1.5f, -2);
      assertThat(read.tensor("small").values()).containsExactly(7);
    }
    assertThat(digest.digest()).isEqualTo(MessageDigest.getInstance("SHA-256").digest(bytes));
  }

  @Test
  void open_cutShortOrNotThere_isRefusedByName() throws IOException {
    assertRefused("cannot read " + file);
    byte[] whole = Safetensors.write(weights(), Map.of());
    for (int length : new int[] {0, 7, 8, 40, whole.length / 2, whole.length - 1}) {
      Files.write(file, Arrays.copyOf(whole, length));
      assertRefused(file.toString());
    }
  }

  @Test
  void tensor_cutShortSinceItWasOpened_isRefused() throws IOException {
    byte[] whole = Safetensors.write(weights(), Map.of());
    Files.write(file, whole);
    try (SafetensorsFile found = SafetensorsFile.open(file)) {
      Files.write(file, Arrays.copyOf(whole, whole.length - 1));

      assertThatThrownBy(() -> found.tensor("last"))
          .isInstanceOf(CheckpointException.class)
          .hasMessage("cannot read " + file + ": it was cut short while it was read");
    }
  }

  @Test
  void tensor_beyondTwoGigabytes_isRead() throws IOException {
    Map<String, long[]> shapes = new LinkedHashMap<>();
    for (String name : new String[] {"a", "b", "c"}) {
      shapes.put(name, new long[] {500_000, 1_000});
    }
    shapes.put("last", new long[] {1});
    byte[] header = SafetensorsHeader.write(shapes, Map.of());
    long size = Safetensors.fileBytes(shapes, Map.of());
    assertThat(size).isEqualTo(header.length + 6_000_000_004L);
    // Most of it is a hole, which takes no room.
    try (RandomAccessFile large = new RandomAccessFile(file.toFile(), "rw")) {
      large.write(header);
      large.setLength(size);
      large.seek(size - Float.BYTES);
      large.write(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putFloat(3).array());
    }

    try (SafetensorsFile found = SafetensorsFile.open(file)) {
      assertThat(found.tensor("last").values()).containsExactly(3);
    }
  }

  @Test
  void write_moreThanTwoGigabytes_goesOutTensorByTensor() throws IOException {
    float[] values = new float[16 * 1024 * 1024];
    Map<String, long[]> shapes = new LinkedHashMap<>();
    for (int i = 0; i < 40; i++) {
      shapes.put("w" + i, new long[] {values.length});
    }
    long[] written = {0};
    OutputStream counted =
        new OutputStream() {
          @Override
          public void write(int b) {
            written[0]++;
          }

          @Override
          public void write(byte[] bytes, int offset, int length) {
            written[0] += length;
          }
        };

    Safetensors.write(counted, shapes, Map.of("a", "b"), name -> values);

    assertThat(written[0])
        .isGreaterThan(2L << 30)
        .isEqualTo(Safetensors.fileBytes(shapes, Map.of("a", "b")));
  }

  @Test
  void write_aTensorThatNoArrayHolds_isRefused() {
    assertThatThrownBy(
            () -> Safetensors.fileBytes(Map.of("w", new long[] {1_000_000, 501}), Map.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("tensor w has shape [1000000,501]; allowed: at most 2000000000 bytes");
  }
}
