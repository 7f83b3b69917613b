package dev.anagama.trainer.evaluation;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.anagama.trainer.data.DataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;

/** Keeps an evaluation while it grows: a stop costs the point that was being measured. */
public final class EvaluationFile {
  /** Name of the file. */
  public static final String NAME = "evaluation.json";

  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private EvaluationFile() {}

  /** The text of the file. */
  public static String text(Evaluation evaluation) {
    try {
      return JSON.writeValueAsString(evaluation) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("an evaluation can not be written as JSON", e);
    }
  }

  /**
   * Reads the file of any release; the summary follows from the points.
   *
   * @throws DataException if it is none
   */
  public static Evaluation read(Path file) {
    return parsed(file)
        .map(evaluation -> evaluation.withPoints(evaluation.points()))
        .orElseThrow(() -> new DataException(file + " is no evaluation.json"));
  }

  /** Writes all of it or nothing. */
  static void write(Path folder, Evaluation evaluation) throws IOException {
    Path file = folder.resolve(NAME);
    Path part = folder.resolve(NAME + ".part");
    Files.writeString(part, text(evaluation));
    Files.move(part, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }

  /**
   * What an earlier run has left, if there was one.
   *
   * @param expected what this run writes, without points
   * @throws DataException if the file is of another checkpoint or other feature networks
   */
  static Optional<Evaluation> earlier(Path folder, Evaluation expected) {
    Path file = folder.resolve(NAME);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    Optional<Evaluation> earlier = parsed(file);
    if (earlier.isEmpty() || !identity(earlier.get()).equals(identity(expected))) {
      throw new DataException(
          file
              + " is of another checkpoint, other feature networks or an earlier release; name"
              + " another --out, or delete it");
    }
    return earlier;
  }

  private static List<String> identity(Evaluation evaluation) {
    return List.of(
        evaluation.weightsSha256(),
        evaluation.precision(),
        evaluation.features().stream().map(Evaluation.Features::sha256).toList().toString());
  }

  private static Optional<Evaluation> parsed(Path file) {
    try {
      return Optional.of(JSON.readValue(file.toFile(), Evaluation.class));
    } catch (IOException | NullPointerException e) {
      // The records' own checks refuse fields that are not there.
      return Optional.empty();
    }
  }
}
