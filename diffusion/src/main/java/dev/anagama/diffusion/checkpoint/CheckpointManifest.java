package dev.anagama.diffusion.checkpoint;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.anagama.diffusion.network.UNetConfig;
import dev.anagama.diffusion.schedule.LogSnrRange;
import dev.anagama.diffusion.schedule.PredictionTarget;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * What {@code manifest.json} says: everything that is needed to serve a checkpoint, and how it came
 * to be.
 *
 * @param formatVersion {@value #FORMAT_VERSION}
 * @param model name, 1 to 64 of [a-z0-9._-]
 * @param version 1 to 64 of [A-Za-z0-9._-]
 * @param network where the network comes from
 * @param prediction what the network predicts, a label of {@link PredictionTarget}: {@code eps},
 *     {@code x} or {@code v}
 * @param logSnrRange levels that it was trained on and is sampled over
 * @param image size of its images
 * @param classNames names by label, 1 to {@value UNetConfig#MAX_CLASSES}, distinct and not blank
 * @param nullCondition index that stands for no condition
 * @param defaults what a job gets that asks for nothing else
 * @param training how the weights came to be
 * @param files SHA-256 of each file beside the manifest, lower-case hexadecimal, by name; at most
 *     {@value #MAX_FILES}
 * @param metrics what was measured of it, by name
 */
public record CheckpointManifest(
    @JsonProperty(required = true) int formatVersion,
    @JsonProperty(required = true) String model,
    @JsonProperty(required = true) String version,
    @JsonProperty(required = true) NetworkSource network,
    @JsonProperty(required = true) String prediction,
    @JsonProperty(required = true) LogSnrRange logSnrRange,
    @JsonProperty(required = true) ImageShape image,
    @JsonProperty(required = true) List<String> classNames,
    @JsonProperty(required = true) int nullCondition,
    @JsonProperty(required = true) SamplingDefaults defaults,
    @JsonProperty(required = true) TrainingRecord training,
    @JsonProperty(required = true) SortedMap<String, String> files,
    @JsonProperty(required = true) SortedMap<String, Double> metrics) {

  /** The version of the format that this code reads and writes. */
  public static final int FORMAT_VERSION = 1;

  /** Most files that a manifest may name. */
  public static final int MAX_FILES = 16;

  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,63}");
  private static final Pattern VERSION = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

  private static final Pattern FILE = VERSION;
  private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

  /**
   * Checks every field.
   *
   * @throws IllegalArgumentException naming the field, its value and what is allowed
   */
  public CheckpointManifest {
    require(formatVersion == FORMAT_VERSION, "format_version", formatVersion, "" + FORMAT_VERSION);
    require(NAME.matcher(model).matches(), "model", model, "1 to 64 of [a-z0-9._-]");
    require(VERSION.matcher(version).matches(), "version", version, "1 to 64 of [A-Za-z0-9._-]");
    require(
        Arrays.stream(PredictionTarget.values()).anyMatch(t -> t.label().equals(prediction)),
        "prediction",
        prediction,
        "eps, x, v");
    requireClassNames(classNames);
    requireFiles(files);
    require(
        nullCondition >= classNames.size(),
        "null_condition",
        nullCondition,
        "an index that is no class, at least " + classNames.size());
    if (network instanceof NetworkSource.UNet unet) {
      int classes = unet.config().classes();
      require(
          classes == classNames.size() && nullCondition == unet.config().nullCondition(),
          "network.config.classes",
          classes,
          "the number of class_names, which is also null_condition");
      require(
          unet.config().imageChannels() == image.channels()
              && image.height() % unet.config().sideMultiple() == 0
              && image.width() % unet.config().sideMultiple() == 0,
          "image",
          image,
          "the network's channels, sides divisible by " + unet.config().sideMultiple());
    }
    classNames = List.copyOf(classNames);
    files = Collections.unmodifiableSortedMap(new TreeMap<>(files));
    metrics = Collections.unmodifiableSortedMap(new TreeMap<>(metrics));
  }

  /** The same with other measurements. */
  public CheckpointManifest withMetrics(Map<String, Double> measured) {
    return new CheckpointManifest(
        formatVersion,
        model,
        version,
        network,
        prediction,
        logSnrRange,
        image,
        classNames,
        nullCondition,
        defaults,
        training,
        files,
        new TreeMap<>(measured));
  }

  /** The same with the given file. */
  CheckpointManifest withFile(String name, String sha256) {
    return new CheckpointManifest(
        formatVersion,
        model,
        version,
        network,
        prediction,
        logSnrRange,
        image,
        classNames,
        nullCondition,
        defaults,
        training,
        new TreeMap<>(Map.of(name, sha256)),
        metrics);
  }

  private static void requireClassNames(List<String> names) {
    require(
        !names.isEmpty() && names.size() <= UNetConfig.MAX_CLASSES,
        "number of class_names",
        names.size(),
        "1 to " + UNetConfig.MAX_CLASSES);
    Set<String> seen = new HashSet<>();
    for (String name : names) {
      require(
          !name.isBlank() && seen.add(name), "class_names", names, "distinct names, none blank");
    }
  }

  /** A name with a slash could lead out of the folder. */
  private static void requireFiles(Map<String, String> files) {
    require(files.size() <= MAX_FILES, "number of files", files.size(), "up to " + MAX_FILES);
    files.forEach(
        (name, sha256) -> {
          require(
              FILE.matcher(name).matches() && !name.equals(Checkpoint.MANIFEST),
              "files",
              files,
              "names of 1 to 64 of [A-Za-z0-9._-], but not " + Checkpoint.MANIFEST);
          require(
              SHA256.matcher(sha256).matches(),
              "files." + name,
              sha256,
              "64 lower-case hexadecimal digits");
        });
  }

  private static void require(boolean holds, String field, Object value, String allowed) {
    if (!holds) {
      throw new IllegalArgumentException("%s is %s; allowed: %s".formatted(field, value, allowed));
    }
  }
}
