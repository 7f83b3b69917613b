package dev.anagama.bench.simulator;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.anagama.worker.schedule.ForwardProfile;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * What a forward pass costs, and where that was measured. A worker keeps such a file beside each
 * checkpoint that it has cached.
 *
 * @param machine processor, threads and PyTorch, in words
 */
public record MeasuredProfile(String machine, ForwardProfile profile) {
  private static final String SHIPPED = "profile.json";
  private static final int FORMAT_VERSION = 1;
  private static final long MAX_BYTES = 65_536;
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** The one that comes with the project, of the checkpoint that comes with it. */
  public static MeasuredProfile shipped() {
    try (InputStream file =
        Objects.requireNonNull(MeasuredProfile.class.getResourceAsStream(SHIPPED), SHIPPED)) {
      return of("the shipped profile", file.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the shipped profile", e);
    }
  }

  /**
   * Reads a worker's file.
   *
   * @throws IllegalArgumentException if it is no profile, with what is wrong
   * @throws IOException if it can not be read
   */
  public static MeasuredProfile read(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException("profile %s is not there".formatted(file));
    }
    if (Files.size(file) > MAX_BYTES) {
      throw new IllegalArgumentException(
          "profile %s has %d bytes; allowed: up to %d"
              .formatted(file, Files.size(file), MAX_BYTES));
    }
    return of("profile " + file, Files.readAllBytes(file));
  }

  private static MeasuredProfile of(String name, byte[] bytes) throws IOException {
    JsonNode root;
    try {
      root = JSON.readTree(bytes);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          "%s is not JSON: %s".formatted(name, e.getOriginalMessage()), e);
    }
    if (root.path("format_version").asInt() != FORMAT_VERSION) {
      throw new IllegalArgumentException(
          "%s: format_version is %s; allowed: %d"
              .formatted(name, text(root.path("format_version")), FORMAT_VERSION));
    }
    JsonNode profile = root.path("profile");
    List<ForwardProfile.Point> points = new ArrayList<>();
    try {
      for (JsonNode point : profile.path("points")) {
        points.add(point(point));
      }
      JsonNode lanes = profile.path("lanes");
      return new MeasuredProfile(
          machine(root.path("machine")), new ForwardProfile(lanes.asInt(), points));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("%s: %s".formatted(name, e.getMessage()), e);
    }
  }

  private static ForwardProfile.Point point(JsonNode point) {
    if (!point.path("rows").isInt() || !point.path("seconds").isNumber()) {
      throw new IllegalArgumentException(
          "a point is %s; allowed: whole rows and seconds".formatted(point));
    }
    return new ForwardProfile.Point(point.path("rows").asInt(), point.path("seconds").asDouble());
  }

  private static String machine(JsonNode machine) {
    return "%s, %s threads, PyTorch %s"
        .formatted(
            text(machine.path("processor")),
            text(machine.path("threads")),
            text(machine.path("pytorch")));
  }

  private static String text(JsonNode value) {
    return value.isMissingNode() ? "unknown" : value.asText();
  }
}
