package dev.anagama.trainer.gradientfield;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.anagama.diffusion.checkpoint.StrictJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/**
 * How far fields are from being gradients.
 *
 * @param model of the checkpoint
 * @param version of the checkpoint
 * @param weightsSha256 of the checkpoint
 * @param classifierSha256 of the classifier that is the control
 * @param precision of the arithmetic
 * @param images real ones that were noised
 * @param directions from each
 * @param relativeStep of the differences, in units of sigma
 * @param guidanceWeight w of the guided field
 * @param seed of noise and directions
 * @param measurements level by level, the noisiest first, every field at each
 */
public record GradientFieldReport(
    String model,
    String version,
    String weightsSha256,
    String classifierSha256,
    String precision,
    int images,
    int directions,
    double relativeStep,
    double guidanceWeight,
    long seed,
    List<Measurement> measurements) {
  /** Keeps the list as it is. */
  public GradientFieldReport {
    measurements = List.copyOf(measurements);
  }

  /**
   * One field at one level.
   *
   * @param field which
   * @param logSnr the level
   * @param antisymmetricShare {@code ||(J - J')/2||^2 / ||J||^2}: 0 for a gradient, 1/2 for
   *     independent entries, 1 for an antisymmetric J; an estimate
   * @param standardError of the share, from its spread over the images
   * @param gain what J multiplies the length of a random vector by, root mean square
   */
  public record Measurement(
      MeasuredField field,
      double logSnr,
      double antisymmetricShare,
      double standardError,
      double gain) {}

  /** The text of its file. */
  public String toJson() {
    try {
      return StrictJson.MAPPER.writeValueAsString(this) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a report can not be written as JSON", e);
    }
  }

  /** Writes all of it or nothing. */
  public void write(Path file) throws IOException {
    Path part = file.resolveSibling(file.getFileName() + ".part");
    Files.writeString(part, toJson());
    Files.move(part, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }
}
