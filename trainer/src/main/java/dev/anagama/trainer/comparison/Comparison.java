package dev.anagama.trainer.comparison;

import dev.anagama.diffusion.image.ImageGrid;
import dev.anagama.trainer.data.DataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Writes evaluations beside each other, as pictures and tables. */
public final class Comparison {
  /** Name of the tables' file. */
  public static final String TABLES = "report.md";

  private static final int EQUAL_SCORES = 5;

  private Comparison() {}

  /**
   * Writes {@value #TABLES}, {@code frontier.png} and, over each kind of strength, pictures of the
   * Frechet distance and inception score and of variety.
   *
   * @param sources the curves, with distinct names
   * @param scores inception scores at which curves are compared; if empty, some that all have
   * @throws DataException if a file can not be read, or the curves can not be compared
   * @throws IllegalArgumentException if there are no curves, or two of one name
   */
  public static void write(Path out, String title, List<CurveSource> sources, List<Double> scores)
      throws IOException {
    ImageGrid.requireFonts();
    Set<String> names = new HashSet<>();
    for (CurveSource source : sources) {
      if (!names.add(source.name())) {
        throw new IllegalArgumentException(
            "curve is '%s' twice; allowed: distinct names".formatted(source.name()));
      }
    }
    List<Curve> curves = sources.stream().map(CurveSource::read).toList();
    requireOneMeasure(curves);
    List<Double> levels = scores.isEmpty() ? EqualScore.common(curves, EQUAL_SCORES) : scores;
    Files.createDirectories(out);
    for (Map.Entry<String, byte[]> picture : ComparisonPictures.of(title, curves).entrySet()) {
      Files.write(out.resolve(picture.getKey()), picture.getValue());
    }
    Files.writeString(out.resolve(TABLES), ComparisonTables.markdown(title, curves, levels));
  }

  private static void requireOneMeasure(List<Curve> curves) {
    for (Curve curve : curves) {
      if (!curve.features().equals(curves.get(0).features())) {
        throw new DataException(
            "curves '%s' and '%s' were measured by different feature networks; needed: the same"
                .formatted(curves.get(0).name(), curve.name()));
      }
    }
  }
}
