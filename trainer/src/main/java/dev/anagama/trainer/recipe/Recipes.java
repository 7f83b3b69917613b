package dev.anagama.trainer.recipe;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.anagama.diffusion.checkpoint.StrictJson;
import dev.anagama.trainer.data.DataException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The recipes that come with the project, and those in a user's files. */
public final class Recipes {
  /** Names of those that come with the project, smallest first. */
  public static final List<String> NAMES =
      List.of(
          "fashion-mnist-small",
          "fashion-mnist",
          "emoji",
          "cifar10-32",
          "imagenet-64",
          "imagenet-128");

  /** The recipe of the shipped checkpoint, which a run follows that names none. */
  public static final String DEFAULT = "fashion-mnist";

  /** Largest file that is read, in bytes. */
  private static final long MAX_BYTES = 1_000_000;

  private static final String SUFFIX = ".json";

  private Recipes() {}

  /** All that come with the project, by name. */
  public static Map<String, Recipe> shipped() {
    Map<String, Recipe> recipes = new LinkedHashMap<>();
    NAMES.forEach(name -> recipes.put(name, shipped(name)));
    return recipes;
  }

  /**
   * The recipe of a name, or in a file: a name with a slash in it or with .json at its end.
   *
   * @throws IllegalArgumentException if there is no such recipe, or the file is not one
   * @throws DataException if the file can not be read
   */
  public static Recipe named(String nameOrFile) {
    if (NAMES.contains(nameOrFile)) {
      return shipped(nameOrFile);
    }
    if (!nameOrFile.contains("/") && !nameOrFile.endsWith(SUFFIX)) {
      throw new IllegalArgumentException(
          "recipe is %s; allowed: %s, or a file NAME.json"
              .formatted(nameOrFile, String.join(", ", NAMES)));
    }
    Path file = Path.of(nameOrFile);
    try {
      if (!Files.isRegularFile(file)) {
        throw new DataException("there is no file " + file);
      }
      if (Files.size(file) > MAX_BYTES) {
        throw new DataException(
            "%s has %d bytes; allowed: at most %d".formatted(file, Files.size(file), MAX_BYTES));
      }
      return parse(nameOrFile, Files.readAllBytes(file));
    } catch (IOException e) {
      throw new DataException("cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  private static Recipe shipped(String name) {
    String resource = name + SUFFIX;
    try (InputStream in = Recipes.class.getResourceAsStream(resource)) {
      return parse(resource, Objects.requireNonNull(in, resource).readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + resource, e);
    }
  }

  private static Recipe parse(String file, byte[] json) throws IOException {
    try {
      return StrictJson.MAPPER.readValue(json, Recipe.class);
    } catch (JsonProcessingException e) {
      // A recipe has the network's fields where a manifest has network.config's.
      throw new IllegalArgumentException(
          "%s: %s".formatted(file, StrictJson.reason(e).replace("network.config.", "network.")), e);
    }
  }
}
