package dev.anagama.trainer.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import dev.anagama.diffusion.checkpoint.Checkpoint;
import dev.anagama.diffusion.checkpoint.ImageShape;
import dev.anagama.diffusion.checkpoint.NetworkSource;
import dev.anagama.diffusion.network.Precision;
import dev.anagama.trainer.data.DataException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RecipesTest {
  @TempDir private Path folder;

  private static String text(String name) throws IOException {
    try (var in = Recipes.class.getResourceAsStream(name + ".json")) {
      return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** A recipe of the project with some text changed, read from a file. */
  private Recipe changed(String name, String... changes) throws IOException {
    String json = text(name);
    for (int i = 0; i < changes.length; i += 2) {
      assertThat(json).contains(changes[i]);
      json = json.replace(changes[i], changes[i + 1]);
    }
    Path file = Files.writeString(folder.resolve("mine.json"), json);
    return Recipes.named(file.toString());
  }

  private void assertRefused(String text, String replacement, String message) {
    assertThatThrownBy(() -> changed("fashion-mnist", text, replacement))
        .as(replacement)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("mine.json: ")
        .hasMessageContaining(message);
  }

  /**
   * ADM has 295,904,454 and 421,529,606 parameters by its authors' code: 296 M and 422 M. It takes
   * the level by as many waves as the network has channels, 192 or 256, ours by 64; the embedding
   * is 768 or 1024 wide. It has no class for no class, and 6 channels come out instead of 3.
   */
  @Test
  void parameterCount_thePapersNetworks_areAdmsButForWhatIsNamed() {
    long waves64 = (192 - 64) * 768;
    long head64 = 3 * (9 * 192 + 1);
    assertThat(Recipes.named("imagenet-64").parameterCount())
        .isEqualTo(295_904_454 - waves64 + 768 - head64)
        .isEqualTo(295_801_731);
    long waves128 = (256 - 64) * 1024;
    long head128 = 3 * (9 * 256 + 1);
    assertThat(Recipes.named("imagenet-128").parameterCount())
        .isEqualTo(421_529_606 - waves128 + 1024 - head128)
        .isEqualTo(421_327_107);
  }

  @Test
  void parameterCount_theOthers_areAsTheyWere() {
    assertThat(Recipes.named("fashion-mnist").parameterCount()).isEqualTo(1_160_545);
    assertThat(Recipes.named("fashion-mnist-small").parameterCount()).isEqualTo(211_377);
    assertThat(Recipes.named("emoji").parameterCount()).isEqualTo(1_161_571);
    assertThat(Recipes.named("cifar10-32").parameterCount()).isEqualTo(38_280_067);
  }

  @ParameterizedTest
  @CsvSource({
    "imagenet-64, 2048, 3.0E-4, 400000, 256, 1.1",
    "imagenet-128, 256, 1.0E-4, 2700000, 256, 1.3"
  })
  void shipped_thePapersModels_haveItsFigures(
      String name, int batch, double rate, long steps, int samplingSteps, double scale) {
    Recipe recipe = Recipes.named(name);

    assertThat(recipe.optimisation().batchSize()).isEqualTo(batch);
    assertThat(recipe.optimisation().learningRate()).isEqualTo(rate);
    assertThat(recipe.optimisation().beta2()).isEqualTo(0.999);
    // 0.9999 a step.
    double kept = Math.pow(0.5, batch / recipe.optimisation().emaHalfLifeImages());
    assertThat(kept).isBetween(0.99989999, 0.99990001);
    assertThat(recipe.run().images() / batch).isEqualTo(steps);
    assertThat(recipe.defaults().numInferenceSteps()).isEqualTo(samplingSteps);
    assertThat(recipe.defaults().guidanceScale()).isEqualTo(scale);
    assertThat(recipe.trainedHere()).isFalse();
    assertThat(recipe.about()).contains("not trained");
  }

  @Test
  void shipped_all_areReadAndNamed() {
    Map<String, Recipe> recipes = Recipes.shipped();

    assertThat(recipes.keySet()).containsExactlyElementsOf(Recipes.NAMES).contains(Recipes.DEFAULT);
    recipes.forEach(
        (name, recipe) -> {
          assertThat(recipe.subject().model()).isEqualTo(name);
          assertThat(recipe.about()).isNotBlank();
          assertThat(recipe.options(Precision.BFLOAT16).precision()).isEqualTo(Precision.BFLOAT16);
        });
  }

  @Test
  void fashionMnist_itsNetwork_isThatOfTheShippedCheckpoint() {
    Checkpoint shipped = Checkpoint.read(Path.of("..", "models", "fashion-mnist"));

    assertThat(shipped.manifest().network())
        .isEqualTo(new NetworkSource.UNet(Recipes.named("fashion-mnist").config()));
    assertThat(shipped.manifest().classNames())
        .isEqualTo(Recipes.named("fashion-mnist").subject().classNames());
  }

  @Test
  void named_aFile_isReadAsTheShippedOnesAre() throws IOException {
    assertThat(changed("imagenet-128")).isEqualTo(Recipes.named("imagenet-128"));
    assertThat(changed("cifar10-32", "\"height\": 32", "\"height\": 64").image())
        .isEqualTo(new ImageShape(3, 64, 32));
  }

  @Test
  void named_nothingOfTheName_isRefusedWithTheNames() {
    assertThatThrownBy(() -> Recipes.named("fashion"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "recipe is fashion; allowed: fashion-mnist-small, fashion-mnist, emoji, cifar10-32,"
                + " imagenet-64, imagenet-128, or a file NAME.json");
    Path missing = folder.resolve("missing.json");
    assertThatThrownBy(() -> Recipes.named(missing.toString()))
        .isInstanceOf(DataException.class)
        .hasMessage("there is no file " + missing);
  }

  @Test
  void named_badFields_areRefusedByNameAndValue() {
    assertRefused(
        "\"run\":",
        "\"runs\": 1, \"run\":",
        "runs is unknown; allowed: [about, classes, defaults, ");
    assertRefused("\"seed\": 1", "\"seed\": null", "run.seed");
    assertRefused(
        "\"seed\": 1", "\"seed\": 1, \"sead\": 1", "run.sead is unknown; allowed: [images, ");
    assertRefused("\"seed\": 1", "\"sead\": 1", "run.seed is missing");
    assertRefused("\"batch_size\": 64", "\"batch_size\": \"64\"", "optimisation.batch_size");
    assertRefused(
        "\"batch_size\": 64", "\"batch_size\": 5000", "batch-size is 5000; allowed: 1 to 4096");
    assertRefused(
        "\"middle_blocks\": 2",
        "\"middle_blocks\": 9",
        "network.middle_blocks is 9; allowed: 1 to 8");
    assertRefused("\"prediction\": \"eps\"", "\"prediction\": \"score\"", "objective.prediction");
    assertRefused(
        "\"height\": 28", "\"height\": 30", "image is 30 x 28; allowed: sides divisible by 4");
    assertRefused(
        "\"classes\": 10", "\"classes\": 11", "subject.class_names is 10 names; allowed: as many");
    assertRefused("\"trained_here\": true,", "", "trained_here");
    assertRefused("\"run\":", "\"run\"", "is not JSON");
  }

  @Test
  void trial_aTinyRecipeOfAdmsForm_takesBothSteps() throws IOException {
    Recipe tiny =
        changed(
            "cifar10-32",
            "[128, 256, 256, 256]",
            "[8, 8, 8, 8]",
            "\"norm_groups\": 32",
            "\"norm_groups\": 4",
            "\"embedding_channels\": 512",
            "\"embedding_channels\": 16");
    List<String> heard = new ArrayList<>();

    RecipeTrial trial =
        RecipeTrial.run(
            tiny,
            2,
            Precision.FLOAT32,
            folder.resolve("nothing"),
            Device.cpu(),
            Clock.systemUTC(),
            heard::add);

    assertThat(trial.parameters()).isEqualTo(tiny.parameterCount());
    assertThat(trial.loss()).isBetween(0.8, 1.2);
    assertThat(heard).hasSize(3);
    assertThat(folder.resolve("nothing")).doesNotExist();
    assertThatThrownBy(
            () ->
                RecipeTrial.run(
                    tiny,
                    0,
                    Precision.FLOAT32,
                    folder,
                    Device.cpu(),
                    Clock.systemUTC(),
                    heard::add))
        .hasMessage("rows is 0; allowed: 1 to 64");
  }
}
