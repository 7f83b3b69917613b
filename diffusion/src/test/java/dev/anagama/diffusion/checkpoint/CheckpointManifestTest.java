package dev.anagama.diffusion.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.anagama.diffusion.network.Precision;
import dev.anagama.diffusion.schedule.LogSnrRange;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointManifestTest {
  private static final String DIGITS = "0123456789abcdef".repeat(4);

  private static CheckpointManifest of(
      String model, String version, List<String> classNames, int nullCondition, ImageShape image) {
    return new CheckpointManifest(
        1,
        model,
        version,
        new NetworkSource.UNet(TinyCheckpoint.CONFIG),
        "eps",
        LogSnrRange.DEFAULT,
        image,
        classNames,
        nullCondition,
        new SamplingDefaults(1, 1, "ancestral"),
        new TrainingRecord("", 0, 0, 1, 1, 1, Precision.FLOAT32, 0, 0),
        new TreeMap<>(),
        new TreeMap<>());
  }

  private static CheckpointManifest named(String model, String version) {
    return of(model, version, List.of("a", "b", "c"), 3, new ImageShape(1, 8, 8));
  }

  private static CheckpointManifest classes(List<String> names, int nullCondition) {
    return of("m", "v", names, nullCondition, new ImageShape(1, 8, 8));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Upper", "-dash", "a b", "a/b", ".."})
  void construct_modelThatIsNoName_isRefused(String model) {
    assertThatThrownBy(() -> named(model, "1"))
        .hasMessage("model is " + model + "; allowed: 1 to 64 of [a-z0-9._-]");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "_1", "a b", "../1"})
  void construct_versionThatIsNoName_isRefused(String version) {
    assertThatThrownBy(() -> named("m", version))
        .hasMessage("version is " + version + "; allowed: 1 to 64 of [A-Za-z0-9._-]");
  }

  @Test
  void construct_names_mayHave64Characters() {
    assertThat(named("m".repeat(64), "V".repeat(64)).model()).hasSize(64);
    assertThatThrownBy(() -> named("m".repeat(65), "1")).hasMessageStartingWith("model is ");
  }

  @Test
  void construct_classNames_areDistinctAndNotBlank() {
    assertThatThrownBy(() -> classes(List.of(), 3))
        .hasMessage("number of class_names is 0; allowed: 1 to 100000");
    assertThatThrownBy(() -> classes(List.of("a", " ", "c"), 3))
        .hasMessage("class_names is [a,  , c]; allowed: distinct names, none blank");
    assertThatThrownBy(() -> classes(List.of("a", "b", "a"), 3))
        .hasMessage("class_names is [a, b, a]; allowed: distinct names, none blank");
    assertThatThrownBy(() -> classes(Collections.nCopies(100_001, "a"), 3))
        .hasMessage("number of class_names is 100001; allowed: 1 to 100000");
  }

  @Test
  void construct_classesAndNullCondition_areThoseOfTheNetwork() {
    assertThatThrownBy(() -> classes(List.of("a", "b"), 3))
        .hasMessage(
            "network.config.classes is 3; allowed: the number of class_names, which is also"
                + " null_condition");
    assertThatThrownBy(() -> classes(List.of("a", "b", "c"), 4))
        .hasMessageStartingWith("network.config.classes is 3");
    assertThatThrownBy(() -> classes(List.of("a", "b", "c"), 2))
        .hasMessage("null_condition is 2; allowed: an index that is no class, at least 3");
  }

  @ParameterizedTest
  @CsvSource({"3, 8, 8", "1, 6, 8", "1, 8, 10"})
  void construct_imagesThatTheNetworkCanNotMake_areRefused(int channels, int height, int width) {
    ImageShape image = new ImageShape(channels, height, width);

    assertThatThrownBy(() -> of("m", "v", List.of("a", "b", "c"), 3, image))
        .hasMessage(
            "image is " + image + "; allowed: the network's channels, sides divisible by 4");
  }

  @Test
  void construct_files_areNamesBesideTheManifestWithDigests() {
    NetworkSource network = new NetworkSource.UNet(TinyCheckpoint.CONFIG);

    for (String name : List.of("../escape", "/etc/passwd", "a/b", "", "manifest.json")) {
      assertThatThrownBy(() -> TinyCheckpoint.manifest(network, Map.of(name, DIGITS)))
          .hasMessageStartingWith("files is {" + name)
          .hasMessageEndingWith(
              "; allowed: names of 1 to 64 of [A-Za-z0-9._-], but not manifest.json");
    }
    for (String digits : List.of("", DIGITS.substring(1), DIGITS.replace('a', 'A'))) {
      assertThatThrownBy(() -> TinyCheckpoint.manifest(network, Map.of("w", digits)))
          .hasMessage("files.w is " + digits + "; allowed: 64 lower-case hexadecimal digits");
    }
    Map<String, String> many =
        IntStream.range(0, 17).boxed().collect(Collectors.toMap(i -> "f" + i, i -> DIGITS));
    assertThatThrownBy(() -> TinyCheckpoint.manifest(network, many))
        .hasMessage("number of files is 17; allowed: up to 16");
  }

  @Test
  void construct_defaultsOutOfBounds_areRefusedByName() {
    assertThatThrownBy(() -> new SamplingDefaults(0, 1, "ddim"))
        .hasMessage("defaults.num_inference_steps is 0; allowed: 1 to 1000");
    assertThatThrownBy(() -> new SamplingDefaults(1001, 1, "ddim"))
        .hasMessage("defaults.num_inference_steps is 1001; allowed: 1 to 1000");
    assertThatThrownBy(() -> new SamplingDefaults(1, 0.5, "ddim"))
        .hasMessage("defaults.guidance_scale is 0.5; allowed: 1 to 50");
    assertThatThrownBy(() -> new SamplingDefaults(1, Double.NaN, "ddim"))
        .hasMessage("defaults.guidance_scale is NaN; allowed: 1 to 50");
    assertThatThrownBy(() -> new SamplingDefaults(1, 1, "euler"))
        .hasMessage("defaults.sampler is 'euler'; allowed: ancestral, ddim, dpmpp_2m, heun");
  }

  @Test
  void construct_imageOutOfBounds_isRefusedByName() {
    assertThatThrownBy(() -> new ImageShape(2, 8, 8))
        .hasMessage("image.channels is 2; allowed: 1 or 3");
    assertThatThrownBy(() -> new ImageShape(1, 0, 8))
        .hasMessage("image.height is 0; allowed: 1 to 1024");
    assertThatThrownBy(() -> new ImageShape(1, 8, 1025))
        .hasMessage("image.width is 1025; allowed: 1 to 1024");
    assertThat(new ImageShape(3, 1024, 1024).count()).isEqualTo(3 * 1024 * 1024);
  }

  @Test
  void construct_recordOutOfBounds_isRefusedByName() {
    assertThatThrownBy(() -> new TrainingRecord("", -1, 0, 1, 1, 1, Precision.FLOAT32, 0, 0))
        .hasMessage("training.images_seen is -1; allowed: at least 0");
    assertThatThrownBy(() -> new TrainingRecord("", 0, 1.5, 1, 1, 1, Precision.FLOAT32, 0, 0))
        .hasMessage("training.unconditional_probability is 1.5; allowed: 0 to 1");
    assertThatThrownBy(() -> new TrainingRecord("", 0, 0, 1, 1, 1, Precision.FLOAT32, 0, -1))
        .hasMessage("training.seconds is -1.0; allowed: at least 0");
  }
}
