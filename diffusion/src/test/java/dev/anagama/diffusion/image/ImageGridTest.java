package dev.anagama.diffusion.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.File;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class ImageGridTest {
  private static BufferedImage grey(int value, int height, int width) {
    byte[] pixels = new byte[height * width];
    Arrays.fill(pixels, (byte) value);
    return PngImages.picture(pixels, 1, height, width);
  }

  private static List<BufferedImage> cell(int value, int count) {
    return Collections.nCopies(count, grey(value, 28, 28));
  }

  private static ImageGrid grid(String title, int scale) {
    return new ImageGrid(
        title,
        List.of("1", "2"),
        List.of(
            new ImageGrid.Row("boot", List.of(cell(77, 4), cell(78, 4))),
            new ImageGrid.Row("bag", List.of(cell(79, 4), cell(80, 3)))),
        2,
        scale);
  }

  private static long count(BufferedImage sheet, int grey) {
    int[] all = sheet.getRGB(0, 0, sheet.getWidth(), sheet.getHeight(), null, 0, sheet.getWidth());
    return Arrays.stream(all).filter(rgb -> (rgb & 0xFFFFFF) == grey * 0x010101).count();
  }

  @Test
  void render_everyImage_isThereAtItsScaleWithItsGreyUnchanged() {
    BufferedImage sheet = grid("t", 2).render();

    // A stray pixel of a label's edge may have the same grey.
    assertThat(count(sheet, 77)).isBetween(4 * 56 * 56L, 4 * 56 * 56L + 20);
    assertThat(count(sheet, 80)).isBetween(3 * 56 * 56L, 3 * 56 * 56L + 20);
  }

  @Test
  void render_labels_leaveInkOnThePaper() {
    BufferedImage sheet = grid("A title", 2).render();
    BufferedImage bare = grid(" ", 2).render();

    assertThat(count(sheet, 255)).isLessThan(count(bare, 255));
    assertThat(sheet.getRGB(0, 0) & 0xFFFFFF).isEqualTo(0xFFFFFF);
  }

  @Test
  void render_longTitle_widensTheSheet() {
    int plain = grid("t", 1).render().getWidth();

    assertThat(grid("a much longer title ".repeat(5), 1).render().getWidth()).isGreaterThan(plain);
  }

  @Test
  void render_sheetTooLarge_isRefused() {
    List<BufferedImage> large = List.of(grey(0, 600, 600));
    ImageGrid grid =
        new ImageGrid("t", List.of("1"), List.of(new ImageGrid.Row("r", List.of(large))), 1, 16);

    assertThatThrownBy(grid::render)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("the sheet is 96")
        .hasMessageEndingWith("pixels, must have at most 67108864");
  }

  @Test
  void toPng_twice_givesTheSameBytes() {
    assertThat(grid("t", 2).toPng()).isEqualTo(grid("t", 2).toPng());
  }

  @Test
  void construct_wrongNumberOfCells_namesTheRow() {
    assertThatThrownBy(
            () ->
                new ImageGrid(
                    "t",
                    List.of("1", "2"),
                    List.of(new ImageGrid.Row("boot", List.of(cell(0, 1)))),
                    2,
                    2))
        .hasMessage("row \"boot\" has 1 cells, must have one for each of 2 columns");
  }

  @Test
  void construct_imagesOfDifferentSizes_areRefused() {
    List<BufferedImage> mixed = List.of(grey(0, 28, 28), grey(0, 28, 27));
    assertThatThrownBy(
            () ->
                new ImageGrid(
                    "t", List.of("1"), List.of(new ImageGrid.Row("r", List.of(mixed))), 2, 2))
        .hasMessage("images are of 2 different sizes, must be of one size");
  }

  @Test
  void construct_badNumbers_areRefused() {
    assertThatThrownBy(() -> grid("t", 0)).hasMessage("scale is 0, must be within [1, 16]");
    assertThatThrownBy(() -> new ImageGrid("t", List.of(), List.of(), 1, 1))
        .hasMessageStartingWith("columnLabels is empty");
    assertThatThrownBy(() -> new ImageGrid("t", List.of("1"), List.of(), 1, 1))
        .hasMessageStartingWith("rows is empty");
    List<List<BufferedImage>> nothing = List.of(List.of());
    assertThatThrownBy(
            () -> new ImageGrid("t", List.of("1"), List.of(new ImageGrid.Row("r", nothing)), 1, 1))
        .hasMessage("rows hold no image, must hold at least one");
  }

  /** Runs in a Java of its own: fonts are found once in a process. */
  static final class FontProbe {
    public static void main(String[] args) {
      try {
        ImageGrid.requireFonts();
        System.out.println("fonts");
      } catch (IllegalStateException e) {
        System.out.println(e.getMessage());
      }
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void requireFonts_machineWithoutFonts_saysWhatToInstall(@TempDir Path empty) throws Exception {
    Path none = Files.writeString(empty.resolve("fonts.conf"), "<fontconfig></fontconfig>");
    ProcessBuilder java =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Djava.awt.headless=true",
            // Java keeps what fontconfig said under the home folder.
            "-Duser.home=" + empty,
            "-cp",
            place(ImageGrid.class) + File.pathSeparator + place(FontProbe.class),
            FontProbe.class.getName());
    java.environment().put("FONTCONFIG_FILE", none.toString());
    java.redirectErrorStream(true);

    Process process = java.start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(process.waitFor()).isZero();
    assertThat(said).startsWith("Java finds no fonts").contains("fonts-dejavu-core");
  }

  private static Path place(Class<?> type) throws URISyntaxException {
    return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
  }
}
