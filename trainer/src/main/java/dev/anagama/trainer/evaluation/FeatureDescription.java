package dev.anagama.trainer.evaluation;

import dev.anagama.diffusion.checkpoint.ImageShape;
import dev.anagama.trainer.data.DataException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * How a feature network is built and was trained.
 *
 * @param design of its layers
 * @param shape of the images that it looks at
 * @param classes that it tells apart
 * @param images that it was trained on, repeats counted
 * @param seed of its weights and of the order of the images
 */
public record FeatureDescription(
    FeatureDesign design, ImageShape shape, int classes, long images, long seed) {

  /** Reads what {@link #toMetadata} wrote. */
  static FeatureDescription of(Path file, Map<String, String> metadata) {
    try {
      return new FeatureDescription(
          FeatureDesign.valueOf(text(metadata, "design")),
          new ImageShape(
              number(metadata, "channels"), number(metadata, "height"), number(metadata, "width")),
          number(metadata, "classes"),
          Long.parseLong(text(metadata, "images")),
          Long.parseLong(text(metadata, "seed")));
    } catch (IllegalArgumentException e) {
      throw new DataException(
          "%s does not describe a feature network: %s".formatted(file, e.getMessage()), e);
    }
  }

  /** For the header of the file. */
  Map<String, String> toMetadata() {
    Map<String, String> metadata = new TreeMap<>();
    metadata.put("design", design.name());
    metadata.put("channels", Integer.toString(shape.channels()));
    metadata.put("height", Integer.toString(shape.height()));
    metadata.put("width", Integer.toString(shape.width()));
    metadata.put("classes", Integer.toString(classes));
    metadata.put("images", Long.toString(images));
    metadata.put("seed", Long.toString(seed));
    return metadata;
  }

  private static int number(Map<String, String> metadata, String field) {
    return Integer.parseInt(text(metadata, field));
  }

  private static String text(Map<String, String> metadata, String field) {
    String text = metadata.get(field);
    if (text == null) {
      throw new IllegalArgumentException(field + " is missing");
    }
    return text;
  }
}
