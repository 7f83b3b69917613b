package dev.anagama.diffusion.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.anagama.diffusion.network.Precision;
import dev.anagama.diffusion.network.TorchDenoiser;
import dev.anagama.diffusion.network.UNet;
import dev.anagama.diffusion.network.UserMadeArchive;
import dev.anagama.diffusion.network.Weights;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CheckpointTest {
  /**
   * The released form: a change here is a change of the format, and needs another version of it.
   */
  private static final String GOLDEN = released("released-manifest.json");

  @TempDir private Path folder;

  private static String released(String name) {
    try (InputStream in = CheckpointTest.class.getResourceAsStream(name)) {
      return new String(Objects.requireNonNull(in, name).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path manifest() {
    return folder.resolve("manifest.json");
  }

  private Path weights() {
    return folder.resolve("weights.safetensors");
  }

  /** Replaces text of the manifest, which must be there. */
  private void edit(String text, String replacement) throws IOException {
    String before = Files.readString(manifest());
    assertThat(before).contains(text);
    Files.writeString(manifest(), before.replace(text, replacement));
  }

  private static String sha256(Path file) throws Exception {
    return HexFormat.of()
        .formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
  }

  private void assertRefused(String... parts) {
    assertThatThrownBy(() -> Checkpoint.read(folder))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContainingAll(parts)
        .message()
        .hasLineCount(1);
  }

  @Test
  void write_aManifest_isTheReleasedForm() throws Exception {
    TinyCheckpoint.write(folder);

    assertThat(manifest()).hasContent(GOLDEN.replace("SHA-256", sha256(weights())));
    assertThat(Files.readString(manifest())).endsWith("}\n");
  }

  @Test
  void read_theReleasedForm_isUnderstood() throws Exception {
    TinyCheckpoint.write(folder);
    Files.writeString(manifest(), GOLDEN.replace("SHA-256", sha256(weights())));

    Checkpoint found = Checkpoint.read(folder);

    assertThat(found.manifest())
        .isEqualTo(
            TinyCheckpoint.manifest(
                new NetworkSource.UNet(TinyCheckpoint.CONFIG),
                Map.of("weights.safetensors", sha256(weights()))));
    assertThat(found.weightsSha256()).isEqualTo(sha256(weights()));
    assertThat(found.folder()).isEqualTo(folder);
  }

  @Test
  void read_whatWasWritten_hasTheSameWeights() throws Exception {
    TinyCheckpoint.write(folder);
    Weights found = Checkpoint.read(folder).weights();

    assertThat(found.tensors().keySet())
        .containsExactlyElementsOf(UNet.shapes(TinyCheckpoint.CONFIG).keySet());
    TinyCheckpoint.weights()
        .tensors()
        .forEach((name, t) -> assertThat(found.tensor(name).values()).isEqualTo(t.values()));
  }

  @Test
  void write_overAnother_replacesItAndLeavesNothingElse() throws Exception {
    TinyCheckpoint.write(folder);
    String before = sha256(weights());

    Checkpoint other =
        Checkpoint.write(
            folder, TinyCheckpoint.manifest(), UNet.initialWeights(TinyCheckpoint.CONFIG, 1));

    assertThat(other.weightsSha256()).isNotEqualTo(before);
    assertThat(Checkpoint.read(folder).weightsSha256()).isEqualTo(other.weightsSha256());
    try (var files = Files.list(folder)) {
      assertThat(files).containsExactlyInAnyOrder(manifest(), weights());
    }
  }

  @Test
  void withMetrics_others_replaceTheOldOnes() throws Exception {
    Checkpoint changed =
        TinyCheckpoint.write(folder).withMetrics(Map.of("fid", 12.25, "label_accuracy_w1", 0.5));

    assertThat(Checkpoint.read(folder).manifest()).isEqualTo(changed.manifest());
    assertThat(changed.manifest().metrics())
        .isEqualTo(Map.of("fid", 12.25, "label_accuracy_w1", 0.5));
  }

  @Test
  void read_noFolderOrFile_isRefusedByName() throws Exception {
    assertRefused("there is no file " + manifest());

    TinyCheckpoint.write(folder);
    Files.delete(weights());
    assertRefused("there is no file " + weights());
  }

  @Test
  void read_truncatedWeights_areRefused() throws Exception {
    TinyCheckpoint.write(folder);
    byte[] whole = Files.readAllBytes(weights());
    String expected = sha256(weights());
    Files.write(weights(), Arrays.copyOf(whole, whole.length - 4));

    assertRefused(
        weights() + " (" + (whole.length - 4) + " bytes) has SHA-256 " + sha256(weights()),
        "the manifest says " + expected);
  }

  @Test
  void read_aFlippedByte_isRefused() throws Exception {
    TinyCheckpoint.write(folder);
    byte[] bytes = Files.readAllBytes(weights());
    bytes[bytes.length / 2] ^= 1;
    Files.write(weights(), bytes);

    assertRefused(weights() + " (" + bytes.length + " bytes) has SHA-256 ");
  }

  @Test
  void weights_changedSinceTheyWereRead_areRefused() throws Exception {
    Checkpoint checkpoint = TinyCheckpoint.write(folder);
    byte[] bytes = Files.readAllBytes(weights());
    bytes[bytes.length - 1] ^= 1;
    Files.write(weights(), bytes);

    assertThatThrownBy(() -> checkpoint.open(Device.cpu(), Precision.FLOAT32))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("has SHA-256");
  }

  @Test
  void read_anotherFileThatTheManifestNames_isVerifiedToo() throws Exception {
    TinyCheckpoint.write(folder);
    Path card = Files.writeString(folder.resolve("README.md"), "About me.");
    edit(
        "\"weights.safetensors\"",
        "\"README.md\" : \"" + sha256(card) + "\", \"weights.safetensors\"");
    assertThat(Checkpoint.read(folder).manifest().files()).containsKey("README.md");

    Files.writeString(card, "About you.");
    assertRefused(card + " (10 bytes) has SHA-256");
  }

  /** A manifest with one thing wrong, and what the message must say besides the file's name. */
  private record Wrong(String text, String replacement, String message) {
    @Override
    public String toString() {
      return message;
    }
  }

  static List<Wrong> wrongs() {
    return List.of(
        new Wrong(
            "\"format_version\" : 1",
            "\"format_version\" : 2",
            "format_version is 2; this release reads 1"),
        new Wrong("\"format_version\" : 1,", "", "format_version is missing; this release reads 1"),
        new Wrong(
            "\"format_version\" : 1",
            "\"format_version\" : \"1\"",
            "format_version is \"1\"; this release reads 1"),
        new Wrong(
            "\"prediction\"",
            "\"predicts\" : 1, \"prediction\"",
            "predicts is unknown; allowed: [class_names, defaults, files, format_version, image, "),
        new Wrong(
            "\"width\" : 12",
            "\"width\" : 12, \"depth\" : 1",
            "image.depth is unknown; allowed: [channels, height, width]"),
        new Wrong("\"prediction\" : \"eps\",", "", "'prediction'"),
        new Wrong("\"height\" : 8,", "", "image.height is missing"),
        new Wrong("\"classes\" : 3", "\"classes\" : 4", "network.config.classes is 4; allowed: "),
        new Wrong(
            "\"null_condition\" : 3", "\"null_condition\" : 0", "null_condition is 0; allowed: "),
        new Wrong("\"eps\"", "\"score\"", "prediction is score; allowed: eps, x, v"),
        new Wrong("\"eps\"", "null", "prediction: "),
        new Wrong("\"cross\"", "null", "class_names"),
        new Wrong("\"height\" : 8", "\"height\" : null", "image.height: "),
        new Wrong("\"height\" : 8", "\"height\" : 8.5", "image.height: "),
        new Wrong("\"height\" : 8", "\"height\" : \"8\"", "image.height: "),
        new Wrong("\"height\" : 8", "\"height\" : 8, \"height\" : 4", "Duplicate field 'height'"),
        new Wrong("\"min\" : -20.0", "\"min\" : 30", "min is 30"),
        new Wrong("\"bfloat16\"", "\"float8\"", "training.precision: "),
        new Wrong("\"bfloat16\"", "1", "training.precision: "),
        new Wrong("\"unet\"", "\"dit\"", "network: "),
        new Wrong("\"kind\" : \"unet\",", "", "network: "),
        new Wrong(
            "\"attention_heads\" : 2",
            "\"attention_heads\" : 3",
            "network.config.attention_heads is 3; allowed: 0, or a divisor of"),
        new Wrong(
            "\"weights.safetensors\" :",
            "\"weights.bin\" :",
            "names files [weights.bin]; a network of this kind needs weights.safetensors"),
        new Wrong("\"weights.safetensors\" :", "\"../w\" :", "files is {../w="),
        new Wrong("\"metrics\" : {", "\"metrics\" : [", "is not JSON: "),
        new Wrong("}\n}\n", "}\n} extra", "is not JSON: "));
  }

  @ParameterizedTest
  @MethodSource("wrongs")
  void read_aManifestWithOneThingWrong_saysWhichAndWhatIsAllowed(Wrong wrong) throws Exception {
    TinyCheckpoint.write(folder);
    edit(wrong.text(), wrong.replacement());

    assertRefused(manifest().toString(), wrong.message());
  }

  @Test
  void read_aManifestThatIsNoObject_isRefused() throws Exception {
    for (String text : List.of("", "[]", "null", "manifest", "{")) {
      Files.writeString(manifest(), text);
      assertRefused(manifest().toString());
    }
  }

  private void writeWeights(Weights weights) throws Exception {
    String before = sha256(weights());
    Files.write(weights(), Safetensors.write(weights, Map.of()));
    edit(before, sha256(weights()));
  }

  @Test
  void read_tensorsOfAnotherShape_areRefusedByName() throws Exception {
    TinyCheckpoint.write(folder);
    Map<String, Weights.Tensor> tensors = new LinkedHashMap<>(TinyCheckpoint.weights().tensors());
    // As many values, in another shape.
    tensors.put(
        "shrink_0.weight", new Weights.Tensor(new long[] {8, 4, 9, 1}, new float[8 * 4 * 9]));
    writeWeights(new Weights(tensors));

    assertRefused(
        weights()
            + " holds shrink_0.weight with shape [8, 4, 9, 1]; the network needs [8, 4, 3, 3]");
  }

  @Test
  void read_tensorsThatLackOrAreTooMany_areRefusedByName() throws Exception {
    TinyCheckpoint.write(folder);
    Map<String, Weights.Tensor> tensors = new LinkedHashMap<>(TinyCheckpoint.weights().tensors());
    tensors.put("stem.wait", tensors.remove("stem.weight"));
    writeWeights(new Weights(tensors));

    assertRefused(
        weights() + " lacks tensors [stem.weight] and has [stem.wait], which the network does not");
  }

  @Test
  void read_weightsThatAreNoSafetensors_areRefused() throws Exception {
    TinyCheckpoint.write(folder);
    String before = sha256(weights());
    Files.writeString(weights(), "not weights at all");
    edit(before, sha256(weights()));

    assertRefused(weights() + " has 18 bytes and is not a whole safetensors file");
  }

  @Test
  void open_eitherPrecision_predictsInIt() throws Exception {
    Checkpoint checkpoint = TinyCheckpoint.write(folder);

    float[] exact = prediction(checkpoint, Precision.FLOAT32);
    float[] rounded = prediction(checkpoint, Precision.BFLOAT16);

    assertThat(rounded).isNotEqualTo(exact).containsExactly(exact, within(0.1f));
  }

  private static float[] prediction(Checkpoint checkpoint, Precision precision) {
    try (TorchDenoiser denoiser = checkpoint.open(Device.cpu(), precision);
        NDManager scope = NDManager.newBaseManager()) {
      return denoiser
          .predictNoise(
              scope.ones(new Shape(1, 1, 8, 12)),
              scope.create(new float[] {1}),
              scope.create(new long[] {checkpoint.manifest().nullCondition()}))
          .toFloatArray();
    }
  }

  @Test
  void open_aTorchScriptModuleMadeElsewhere_runsIt() throws Exception {
    writeUserMade();

    Checkpoint checkpoint = Checkpoint.read(folder);

    assertThat(checkpoint.manifest().network()).isEqualTo(new NetworkSource.TorchScript());
    assertThat(checkpoint.weightsSha256()).isEqualTo(sha256(folder.resolve("denoiser.pt")));
    try (TorchDenoiser denoiser = checkpoint.open(Device.cpu(), Precision.BFLOAT16);
        NDManager scope = NDManager.newBaseManager()) {
      assertThat(
              denoiser
                  .predictNoise(
                      scope.ones(new Shape(1, 1, 1, 2)),
                      scope.create(new float[] {0}),
                      scope.create(new long[] {1}))
                  .toFloatArray())
          .containsExactly(new float[] {3, 3}, within(1e-6f));
    }
  }

  @Test
  void read_aTorchScriptManifestWithoutItsFile_isRefused() throws Exception {
    writeUserMade();
    Files.delete(folder.resolve("denoiser.pt"));
    assertRefused("there is no file " + folder.resolve("denoiser.pt"));

    edit("\"denoiser.pt\"", "\"weights.safetensors\"");
    assertRefused("a network of this kind needs denoiser.pt");
  }

  @Test
  void open_aTorchScriptFileThatIsNone_isRefused() throws Exception {
    writeUserMade();
    Path archive = folder.resolve("denoiser.pt");
    String before = sha256(archive);
    Files.write(archive, Arrays.copyOf(Files.readAllBytes(archive), 200));
    edit(before, sha256(archive));
    Checkpoint checkpoint = Checkpoint.read(folder);

    assertThatThrownBy(() -> checkpoint.open(Device.cpu(), Precision.FLOAT32))
        .isInstanceOf(CheckpointException.class)
        .hasMessageStartingWith(archive + " is not a TorchScript archive that loads: ");
  }

  /** As a user writes it: the archive, and a manifest by hand. */
  private void writeUserMade() throws Exception {
    Path archive = folder.resolve("denoiser.pt");
    UserMadeArchive.write(archive, 1, 6);
    Files.writeString(
        manifest(),
        GOLDEN
            .replaceAll("(?s)\"kind\" : \"unet\",.*?}\n  }", "\"kind\" : \"torchscript\"\n  }")
            .replace("weights.safetensors", "denoiser.pt")
            .replace("SHA-256", sha256(archive)));
  }
}
