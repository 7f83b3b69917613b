package dev.anagama.bench.simulator;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One kind of job in a mix.
 *
 * @param steps of each image, 1 to {@value #MAX_STEPS}
 * @param images of a job, 1 to {@value #MAX_IMAGES}
 * @param guidanceScale 1 + w, at least 1; above 1 a step costs two network rows
 * @param share weight among the kinds of the mix, above 0
 */
public record JobKind(int steps, int images, double guidanceScale, double share) {
  /** Most steps of a job. */
  public static final int MAX_STEPS = 1000;

  /** Most images of a job. */
  public static final int MAX_IMAGES = 64;

  private static final String FORM =
      "steps=N[,images=N][,scale=X][,share=X], for example steps=50,images=4,scale=3,share=0.2";

  /** Checks the ranges. */
  public JobKind {
    require("steps", steps, 1, MAX_STEPS);
    require("images", images, 1, MAX_IMAGES);
    if (!(guidanceScale >= 1) || guidanceScale == Double.POSITIVE_INFINITY) {
      throw new IllegalArgumentException(
          "scale is %s; allowed: at least 1".formatted(guidanceScale));
    }
    if (!(share > 0) || share == Double.POSITIVE_INFINITY) {
      throw new IllegalArgumentException("share is %s; allowed: above 0".formatted(share));
    }
  }

  /**
   * Reads the form of the command line: {@code steps=50,images=4,scale=3,share=0.2}. All but the
   * steps may be left out: one image, scale 3, share 1.
   *
   * @throws IllegalArgumentException if it is not of that form, with what is
   */
  public static JobKind parse(String text) {
    Map<String, String> fields = new LinkedHashMap<>();
    for (String field : text.split(",", -1)) {
      int equals = field.indexOf('=');
      String name = equals < 0 ? field : field.substring(0, equals);
      boolean known =
          switch (name) {
            case "steps", "images", "scale", "share" -> true;
            default -> false;
          };
      if (equals < 0 || !known || fields.put(name, field.substring(equals + 1)) != null) {
        throw new IllegalArgumentException("job is '%s'; allowed: %s".formatted(text, FORM));
      }
    }
    if (!fields.containsKey("steps")) {
      throw new IllegalArgumentException(
          "job '%s' has no steps; allowed: %s".formatted(text, FORM));
    }
    try {
      return new JobKind(
          Integer.parseInt(fields.getOrDefault("steps", "")),
          Integer.parseInt(fields.getOrDefault("images", "1")),
          Double.parseDouble(fields.getOrDefault("scale", "3")),
          Double.parseDouble(fields.getOrDefault("share", "1")));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("job is '%s'; allowed: %s".formatted(text, FORM), e);
    }
  }

  /** Network rows of one step of one image: conditional, and unconditional where guided. */
  int rowsPerStep() {
    return guidanceScale == 1 ? 1 : 2;
  }

  /** Network rows of the whole job. */
  long networkRows() {
    return (long) steps * images * rowsPerStep();
  }

  private static void require(String field, int value, int min, int max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          "%s is %d; allowed: %d to %d".formatted(field, value, min, max));
    }
  }
}
