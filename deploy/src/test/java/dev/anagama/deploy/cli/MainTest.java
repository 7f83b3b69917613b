package dev.anagama.deploy.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.anagama.diffusion.checkpoint.Checkpoint;
import dev.anagama.diffusion.checkpoint.ImageShape;
import dev.anagama.diffusion.image.PngImages;
import dev.anagama.trainer.data.DataCard;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** What can be said of the command line without a service. */
final class MainTest {
  private record Outcome(int code, String out, String err) {
    List<String> errorLines() {
      return err.lines().toList();
    }
  }

  private static Outcome run(String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code = Main.run(new PrintWriter(out, true), new PrintWriter(err, true), args);
    return new Outcome(code, out.toString(), err.toString());
  }

  private static List<String> commands() {
    return List.copyOf(new CommandLine(new Main()).getSubcommands().keySet());
  }

  @ParameterizedTest
  @MethodSource("commands")
  void help_ofEveryCommand(String command) {
    Outcome help = run(command, "--help");
    assertThat(help.code()).isZero();
    assertThat(help.out()).startsWith("Usage: anagama " + command).contains("--help");
    assertThat(help.err()).isEmpty();
  }

  @Test
  void help_namesEveryCommand() {
    assertThat(run("--help").out()).contains(commands());
  }

  @Test
  void version_isSaid() {
    assertThat(run("--version").out()).startsWith("anagama ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "fire",
        "submit --num-images many",
        "submit --server nowhere",
        "submit --sampler euler",
        "submit --guidance-interval 3",
        "submit --guidance-interval 3,x",
        "submit --priority urgent",
        "submit --deadline tomorrow",
        "submit --deadline -5s",
        "submit --bogus",
        "cancel",
        "get",
        "get a b",
        "up --http-port x",
        "gateway --set novalue",
        "train --out somewhere",
        "train-classifier --data there",
        "evaluate --data there --out here",
        "report gradient-field --data there",
        "prepare-data --out here",
        "publish",
        "bench simulate --burst 2",
        "dead-letters",
        "dead-letters list --category wrong",
        "dead-letters list --limit many",
        "dead-letters show",
        "dead-letters show 17",
        "dead-letters replay",
        "dead-letters replay 0:1 --all",
        "dead-letters replay 0:1 --category invalid"
      })
  void badUsage_isTwoAndALine(String line) {
    Outcome outcome = run(line.isEmpty() ? new String[0] : line.split(" "));
    assertThat(outcome.code()).isEqualTo(2);
    assertThat(outcome.errorLines()).hasSize(1);
    assertThat(outcome.err()).startsWith("anagama").contains("--help");
    assertThat(outcome.out()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "bench pipeline --jobs 0",
        "bench latency --load 1",
        "bench latency --warm-up-seconds -1",
        "bench soak --minutes 0"
      })
  void bench_planOutOfRange_isTwoAndSaysWhatIsAllowed(String line) {
    Outcome outcome = run(line.split(" "));
    assertThat(outcome.code()).isEqualTo(2);
    assertThat(outcome.errorLines()).hasSize(1);
    assertThat(outcome.err()).contains("allowed: ");
    assertThat(outcome.out()).isEmpty();
  }

  @Test
  void badUsage_saysWhatIsAllowed() {
    assertThat(run("submit", "--sampler", "euler").err())
        .contains("'euler'; allowed: ancestral, ddim, dpmpp_2m, heun");
    assertThat(run("submit", "--schedule", "karras").err())
        .contains("'karras'; allowed: cosine, linear_log_snr, edm");
    assertThat(run("submit", "--priority", "urgent").err())
        .contains("'urgent'; allowed: interactive, standard, batch");
    assertThat(run("submit", "--deadline", "soon").err())
        .contains(
            "'soon'; allowed: a duration such as 500ms, 30s, 10m or 2h, or a time by RFC 3339");
    assertThat(run("submit", "--server", "nowhere").err())
        .contains("'nowhere'; allowed: host:port");
    assertThat(run("submit", "--guidance-interval", "-5").err()).contains("such as -5,5");
  }

  @Test
  void deadLetters_badUsage_saysWhatIsAllowed() {
    assertThat(run("dead-letters", "show", "17").err())
        .contains("'17'; allowed: PARTITION:OFFSET", "such as 0:17");
    assertThat(run("dead-letters", "list", "--category", "wrong").err())
        .contains("'wrong'; allowed: invalid, unavailable, internal");
    assertThat(run("dead-letters", "replay").err()).contains("name their PLACE, or --all");
  }

  @ParameterizedTest
  @ValueSource(strings = {"list", "show 0:1", "replay --all"})
  void deadLetters_nobodyThere(String line) {
    Outcome outcome =
        run(
            ("dead-letters "
                    + line
                    + " --set anagama.kafka.bootstrap-servers=127.0.0.1:1"
                    + " --set anagama.kafka.properties.default.api.timeout.ms=6000")
                .split(" "));
    assertThat(outcome.code()).isEqualTo(1);
    assertThat(outcome.errorLines()).hasSize(1);
    assertThat(outcome.err()).contains("Kafka at 127.0.0.1:1");
    assertThat(outcome.out()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"gateway", "worker"})
  void settings_allProblemsAtOnce(String role) {
    Outcome outcome =
        run(
            role,
            "--set",
            "anagama.kafka.replicas=3",
            "--set",
            "anagama.kafka.replication=0",
            "--set",
            "anagama.store.uri=file:///tmp/x");
    assertThat(outcome.code()).isEqualTo(2);
    assertThat(outcome.err())
        .startsWith("anagama " + role + ": ")
        .contains("anagama.kafka.replicas is unknown", "anagama.kafka.replication is '0'");
  }

  @Test
  void settings_missingFile() {
    Outcome outcome = run("gateway", "--config", "/no/such/file");
    assertThat(outcome.code()).isEqualTo(2);
    assertThat(outcome.errorLines()).hasSize(1);
    assertThat(outcome.err()).contains("'/no/such/file' does not exist");
  }

  @ParameterizedTest
  @ValueSource(strings = {"submit", "get x", "models", "cancel x", "get x --wait --json"})
  void client_nobodyThere(String line) throws IOException {
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    Outcome outcome = run((line + " --server 127.0.0.1:" + port).split(" "));
    assertThat(outcome.code()).isEqualTo(1);
    assertThat(outcome.errorLines()).hasSize(1);
    assertThat(outcome.err()).contains("no answer from 127.0.0.1:" + port);
  }

  @ParameterizedTest
  @ValueSource(strings = {"demo", "up --data data"})
  void checkpoint_missing(String line, @TempDir Path folder) {
    Path absent = folder.resolve("absent");
    Outcome outcome = run((line + " --checkpoint " + absent).split(" "));
    assertThat(outcome.code()).isEqualTo(1);
    assertThat(outcome.errorLines()).hasSize(1);
    assertThat(outcome.err()).contains("there is no file " + absent.resolve("manifest.json"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--samples 5",
        "--scales 0.5",
        "--scales NaN",
        "--sampler euler",
        "--schedule linear",
        "--seeds 0",
        "--guidance none",
        "--guidance autoguidance",
        "--guidance low-temperature --scales 1,2",
        "--guidance low-temperature --temperatures 1.5",
        "--guidance low-temperature --cooled noise",
        "--temperatures 0.9",
        "--interval 1",
        "--interval 3,-3"
      })
  void evaluate_planOutOfRange_isTwoAndSaysWhatIsAllowed(String option, @TempDir Path folder) {
    String line = "evaluate --checkpoint %s --data there --out %s ".formatted(folder, folder);
    Outcome outcome = run((line + option).split(" "));
    assertThat(outcome.code()).isEqualTo(2);
    assertThat(outcome.errorLines()).hasSize(1);
    assertThat(outcome.err()).contains("allowed: ");
  }

  @Test
  void report_noCurveOrAMalformedOne_isTwoAndSaysWhatIsAllowed() {
    assertThat(run("report").code()).isEqualTo(2);
    assertThat(run("report", "--curve", "file").err()).contains("allowed: NAME=FILE");
    assertThat(run("report", "--curve", "a=/no/such").code()).isEqualTo(1);
  }

  @Test
  void reportGaussians_drawsAndSaysWhatItDrew(@TempDir Path folder) {
    Path picture = folder.resolve("gaussians.png");
    Outcome outcome = run("report", "gaussians", "--scales", "1,3", "--out", picture.toString());
    assertThat(outcome.code()).isZero();
    assertThat(outcome.out().lines()).hasSize(2);
    assertThat(outcome.out()).startsWith("w = 0.00: mean at 1.000");
    assertThat(picture).isNotEmptyFile();
  }

  @ParameterizedTest
  @ValueSource(strings = {"--images 1", "--directions 300", "--step 0", "--step 1", "--scale 0.5"})
  void reportGradientField_planOutOfRange_isTwoAndOneLine(String option, @TempDir Path folder) {
    String line =
        "report gradient-field --checkpoint %s --classifier %s --data %s --out %s/a/b.json "
            .formatted(folder, folder, folder, folder);
    Outcome outcome = run((line + option).split(" "));
    assertThat(outcome.code()).isEqualTo(2);
    assertThat(outcome.errorLines()).hasSize(1);
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void reportGradientField_shippedNetworks_tellsTheControlFromTheRest(@TempDir Path folder) {
    Path data = Path.of("/usr/share/datasets/fashion-mnist");
    assumeTrue(Files.isDirectory(data), "needs Debian's package dataset-fashion-mnist");
    Path models = Path.of("..", "models", "comparison");
    Path file = folder.resolve("new").resolve("report.json");
    Outcome outcome =
        run(
            ("report gradient-field --checkpoint %s/p-uncond-0.1 --classifier %s/classifier"
                    + " --data %s --images 4 --directions 4 --log-snrs=-1 --out %s")
                .formatted(models, models, data, file)
                .split(" "));
    assertThat(outcome.code()).as(outcome.err()).isZero();
    assertThat(outcome.out().lines())
        .hasSize(4)
        .allSatisfy(line -> assertThat(line).contains("log-SNR  -1.0, ", "antisymmetric share "));
    assertThat(file).content().contains("\"field\" : \"classifier-gradient\"");
  }

  @Test
  void prepareData_noPackage_saysWhatIsNeeded(@TempDir Path folder) {
    Outcome outcome =
        run(
            "prepare-data",
            "--emoji",
            folder.toString(),
            "--out",
            folder.resolve("out").toString());
    assertThat(outcome.code()).isEqualTo(1);
    assertThat(outcome.err()).contains("npm package emoji-datasource-twitter");
  }

  @Test
  void recipes_areListedWithTheirParametersAndWhetherTheyWereTrained() {
    Outcome table = run("recipes");
    assertThat(table.code()).isZero();
    assertThat(table.out())
        .containsPattern("fashion-mnist +1,160,545 +1x28x28, 10 classes +3,000,000 +yes\n")
        .containsPattern("imagenet-128 +421,327,107 +3x128x128, 1000 classes +691,200,000 +no\n");

    assertThat(run("recipes", "--json").out())
        .contains("\"name\" : \"imagenet-64\"", "\"trained_here\" : false", "\"about\" : ");
  }

  @Test
  void train_anUnknownRecipe_isBadUsage(@TempDir Path folder) {
    String out = folder.resolve("out").toString();
    Outcome refused = run("train", "--data", out, "--out", out, "--recipe", "shoes");

    assertThat(refused.code()).isEqualTo(2);
    assertThat(refused.errorLines())
        .singleElement()
        .asString()
        .startsWith("anagama train: recipe is shoes; allowed: fashion-mnist-small, ");
    assertThat(run("recipes", "try", "shoes").code()).isEqualTo(2);
  }

  @Test
  void train_missingData(@TempDir Path folder) throws IOException {
    Path data = Files.createDirectory(folder.resolve("data"));
    Outcome outcome =
        run("train", "--data", data.toString(), "--out", folder.resolve("out").toString());
    assertThat(outcome.code()).isEqualTo(1);
    assertThat(outcome.errorLines()).hasSize(1);
    assertThat(outcome.err()).contains(data.toString());
  }

  /** Two classes of one coloured picture, of 8 by 8 pixels. */
  private static void writePictures(Path data) throws IOException {
    for (String name : List.of("dots", "lines")) {
      Path folder = Files.createDirectories(data.resolve("train").resolve(name));
      BufferedImage picture = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB);
      picture.setRGB(1, 2, 0xFF8800);
      Files.write(folder.resolve("1.png"), PngImages.encode(picture));
    }
  }

  private static Outcome train(Path data, Path out, String... more) {
    List<String> line =
        new ArrayList<>(
            List.of("train", "--data", data.toString(), "--out", out.toString(), "--images", "2"));
    line.addAll(List.of("--batch-size", "2", "--recipe", "fashion-mnist-small"));
    line.addAll(List.of(more));
    return run(line.toArray(String[]::new));
  }

  @Test
  void train_grey_isGreyInTheSizeThatThePicturesHave(@TempDir Path folder) throws IOException {
    Path data = folder.resolve("data");
    writePictures(data);
    new DataCard("Marks", new ImageShape(3, 8, 8), List.of()).write(data);

    assertThat(train(data, folder.resolve("grey"), "--grey").code()).isZero();
    assertThat(Checkpoint.read(folder.resolve("grey/checkpoint")).manifest().image())
        .isEqualTo(new ImageShape(1, 8, 8));
  }

  @Test
  void train_aBrokenPicture_isNamedWithItsReasonInOneLine(@TempDir Path folder) throws IOException {
    Path data = folder.resolve("data");
    writePictures(data);
    Path broken = data.resolve("train/lines/1.png");
    byte[] whole = Files.readAllBytes(broken);
    Files.write(broken, Arrays.copyOf(whole, whole.length - 30));

    Outcome outcome = train(data, folder.resolve("out"), "--image-size", "8");

    assertThat(outcome.code()).isEqualTo(1);
    assertThat(outcome.err())
        .contains("anagama train: cannot read " + broken + ": ")
        .doesNotContain("null", "batch");
  }

  @Test
  void verbose_showsWhere() {
    assertThat(run("demo", "--checkpoint", "/no/such", "--verbose").err())
        .contains("CheckpointException", "\tat dev.anagama");
  }
}
