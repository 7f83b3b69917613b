package dev.anagama.diffusion.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoadedModuleTest {
  @TempDir private Path folder;

  private Path file(byte[] content) throws IOException {
    return Files.write(folder.resolve("denoiser.pt"), content);
  }

  private static void assertRefused(Path file) {
    assertThatThrownBy(() -> TorchDenoiser.ofFile(file, Device.cpu()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(file + " is not a TorchScript archive that loads: ")
        .message()
        .hasLineCount(1)
        .hasSizeGreaterThan((file + " is not a TorchScript archive that loads: ").length());
  }

  @Test
  void load_aFileThatIsNoArchive_isRefused() throws IOException {
    assertRefused(file("these are not the weights".getBytes(StandardCharsets.UTF_8)));
    assertRefused(file(new byte[0]));
  }

  @Test
  void load_aTruncatedArchive_isRefused() throws IOException {
    Path whole = folder.resolve("whole.pt");
    UserMadeArchive.write(whole, 1, 2, 3);
    byte[] bytes = Files.readAllBytes(whole);

    for (int kept : new int[] {bytes.length - 1, bytes.length * 2 / 3, 40}) {
      assertRefused(file(Arrays.copyOf(bytes, kept)));
    }
  }

  @Test
  void load_anArchiveWhoseProgramIsWrong_isRefused() throws IOException {
    Path whole = folder.resolve("whole.pt");
    UserMadeArchive.write(whole, 1, 2, 3);
    String bytes = Files.readString(whole, StandardCharsets.ISO_8859_1);
    String wrong = bytes.replace("torch.sigmoid", "torch.sigmoyd");

    assertThat(wrong).isNotEqualTo(bytes);
    assertRefused(file(wrong.getBytes(StandardCharsets.ISO_8859_1)));
  }

  @Test
  void load_noSuchFile_isRefused() {
    assertRefused(folder.resolve("missing.pt"));
  }

  @Test
  void assembled_itsTemporaryFile_isGone() throws IOException {
    long before = temporaryArchives();

    TorchDenoiser.ofUNet(
            Networks.SMALL, RandomWeights.of(Networks.SMALL, 1), Device.cpu(), Precision.FLOAT32)
        .close();

    assertThat(temporaryArchives()).isEqualTo(before);
  }

  private static long temporaryArchives() throws IOException {
    try (Stream<Path> files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
      return files
          .filter(file -> file.getFileName().toString().startsWith("anagama-network"))
          .count();
    }
  }
}
