package dev.anagama.trainer.data;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.anagama.diffusion.checkpoint.ImageShape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What a prepared data set says of itself, in {@value #FILE} beside its pictures.
 *
 * @param name of the data set
 * @param image size of every picture
 * @param sources where the pictures come from, with the licence of each
 */
public record DataCard(
    @JsonProperty(value = "name", required = true) String name,
    @JsonProperty(value = "image", required = true) ImageShape image,
    @JsonProperty(value = "sources", required = true) List<String> sources) {
  /** Name of the file. */
  public static final String FILE = "dataset.json";

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
          .build();

  /**
   * Reads the card of a folder, if it has one.
   *
   * @throws DataException if the file is not one
   */
  public static Optional<DataCard> read(Path folder) {
    Path file = folder.resolve(FILE);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      return Optional.of(JSON.readValue(file.toFile(), DataCard.class));
    } catch (JsonProcessingException e) {
      throw new DataException(
          "%s: %s".formatted(file, e.getOriginalMessage().lines().findFirst().orElse("")), e);
    } catch (IOException e) {
      throw new DataException("cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  /** Writes the card into a folder. */
  public void write(Path folder) throws IOException {
    Files.writeString(folder.resolve(FILE), JSON.writeValueAsString(this) + "\n");
  }
}
