package dev.anagama.deploy.demo;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.anagama.deploy.client.GatewayClient;
import dev.anagama.deploy.demo.DemoPlan.Cell;
import dev.anagama.diffusion.image.ImageGrid;
import dev.anagama.diffusion.image.PngImages;
import dev.anagama.v1.Job;
import dev.anagama.v1.JobState;
import dev.anagama.v1.Model;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The files that a demo leaves: {@code images/<class>/<scale>/<n>.png}, a sheet and a summary. */
final class DemoFiles {
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .build();

  private static final int SHEET_SCALE = 2;

  private final Path out;
  private final Map<String, List<BufferedImage>> pictures = new HashMap<>();

  DemoFiles(Path out) {
    this.out = out;
  }

  /**
   * Downloads the images of the jobs that succeeded.
   *
   * @return how many
   */
  int writeImages(GatewayClient client, DemoPlan plan, List<Job> ended) {
    int images = 0;
    for (int i = 0; i < ended.size(); i++) {
      Cell cell = plan.cells().get(i);
      Path folder = out.resolve("images").resolve(cell.folder());
      List<BufferedImage> ofCell = new ArrayList<>();
      try {
        Files.createDirectories(folder);
        clear(folder);
        if (ended.get(i).getState() == JobState.JOB_STATE_SUCCEEDED) {
          for (int n = 0; n < cell.images(); n++) {
            byte[] png = client.image(cell.jobId(), n).getData().toByteArray();
            Files.write(folder.resolve(n + ".png"), png);
            ofCell.add(PngImages.decode(png));
          }
        }
      } catch (IOException e) {
        throw new UncheckedIOException("images can not be written to " + folder, e);
      }
      pictures.put(cell.jobId(), ofCell);
      images += ofCell.size();
    }
    return images;
  }

  /** Draws {@code grid.png} of the images that were written. */
  void writeGrid(Model model, DemoPlan plan, List<Job> ended) {
    if (pictures.values().stream().allMatch(List::isEmpty)) {
      return; // There is nothing to show; the summary says so.
    }
    List<ImageGrid.Row> rows = new ArrayList<>();
    for (int label = 0; label < plan.classNames().size(); label++) {
      List<List<BufferedImage>> cells = new ArrayList<>();
      for (Cell cell : plan.cells()) {
        if (cell.label() == label) {
          cells.add(pictures.getOrDefault(cell.jobId(), List.of()));
        }
      }
      rows.add(new ImageGrid.Row(plan.classNames().get(label), cells));
    }
    List<String> columns =
        plan.guidanceScales().stream().map(s -> "guidance " + DemoPlan.scaleText(s)).toList();
    String title =
        "%s %s, %s, %d steps"
            .formatted(
                model.getName(),
                model.getVersion(),
                DemoPlan.word(ended.get(0).getSpec().getSampler()),
                ended.get(0).getSpec().getNumInferenceSteps());
    int across = plan.cells().get(0).images();
    write("grid.png", new ImageGrid(title, columns, rows, across, SHEET_SCALE).toPng());
  }

  /** Writes {@code summary.json}. */
  void writeSummary(DemoSummary summary) {
    try {
      write("summary.json", JSON.writeValueAsBytes(summary));
    } catch (IOException e) {
      throw new UncheckedIOException("a record can be written as JSON", e);
    }
  }

  private void write(String name, byte[] content) {
    try {
      Files.createDirectories(out);
      Files.write(out.resolve(name), content);
    } catch (IOException e) {
      throw new UncheckedIOException(out.resolve(name) + " can not be written", e);
    }
  }

  /** An earlier run may have made more images; the folder is to hold this run's. */
  private static void clear(Path folder) throws IOException {
    try (DirectoryStream<Path> earlier = Files.newDirectoryStream(folder, "*.png")) {
      for (Path file : earlier) {
        Files.delete(file);
      }
    }
  }
}
