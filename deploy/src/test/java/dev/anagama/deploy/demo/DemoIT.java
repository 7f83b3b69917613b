package dev.anagama.deploy.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.anagama.bench.TinyModel;
import dev.anagama.deploy.Pictures;
import dev.anagama.deploy.progress.Progress;
import dev.anagama.diffusion.image.PngImages;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The demo with a tiny checkpoint: what it leaves, and that it is the same the second time. */
final class DemoIT {
  private static final int CELLS = TinyModel.CLASS_NAMES.size() * DemoPlan.GUIDANCE_SCALES.size();
  private static final int IMAGES = 4;

  private final ByteArrayOutputStream said = new ByteArrayOutputStream();

  @Test
  void run_twice(@TempDir Path folder) throws IOException {
    Path checkpoint = TinyModel.write(folder.resolve("checkpoint")).folder();
    Path first = folder.resolve("first");
    Path second = folder.resolve("second");
    DemoSummary summary = run(first, checkpoint);
    run(second, checkpoint);

    assertThat(summary.jobsSubmitted()).isEqualTo(CELLS);
    assertThat(summary.jobsSucceeded()).isEqualTo(CELLS);
    assertThat(summary.images()).isEqualTo(CELLS * IMAGES);
    assertThat(summary.terminalEvents()).isEqualTo(CELLS);
    assertThat(summary.precision()).isEqualTo("float32");
    assertSummaryFile(first.resolve("summary.json"));
    assertThat(PngImages.decode(Files.readAllBytes(first.resolve("grid.png"))).getWidth())
        .isGreaterThan(DemoPlan.GUIDANCE_SCALES.size() * IMAGES * 8);
    assertSameImages(first, second);
    assertThat(said.toString(StandardCharsets.UTF_8)).contains("Submitting 9 jobs", "100 %");
  }

  private DemoSummary run(Path out, Path checkpoint) {
    try (Progress progress =
        Progress.on(new PrintStream(said, true, StandardCharsets.UTF_8), false)) {
      DemoOptions options = new DemoOptions(out, checkpoint, IMAGES, OptionalInt.of(5), 1);
      return new Demo(options, progress, () -> false, Clock.systemUTC()).run();
    }
  }

  private static void assertSummaryFile(Path file) throws IOException {
    JsonNode summary = new ObjectMapper().readTree(file.toFile());
    assertThat(summary.get("jobs_submitted").asInt()).isEqualTo(CELLS);
    assertThat(summary.get("jobs_succeeded").asInt()).isEqualTo(CELLS);
    assertThat(summary.get("images").asInt()).isEqualTo(CELLS * IMAGES);
    assertThat(summary.get("terminal_events").asInt()).isEqualTo(CELLS);
    assertThat(summary.get("wall_seconds").asDouble()).isPositive();
    assertThat(summary.get("seeds")).hasSize(TinyModel.CLASS_NAMES.size());
    assertThat(summary.get("model").asText()).isEqualTo(TinyModel.NAME);
    assertThat(summary.get("version").asText()).isEqualTo(TinyModel.VERSION);
  }

  private static void assertSameImages(Path first, Path second) throws IOException {
    List<Path> images = images(first);
    assertThat(images).hasSize(CELLS * IMAGES).contains(Path.of("images/2-t-shape-left/4/3.png"));
    assertThat(images(second)).isEqualTo(images);
    for (Path image : images) {
      assertThat(
              Pictures.largestDifference(
                  Files.readAllBytes(first.resolve(image)),
                  Files.readAllBytes(second.resolve(image))))
          .as(image.toString())
          .isLessThanOrEqualTo(1);
    }
  }

  private static List<Path> images(Path out) throws IOException {
    try (Stream<Path> files = Files.walk(out.resolve("images"))) {
      return files.filter(Files::isRegularFile).map(out::relativize).sorted().toList();
    }
  }
}
