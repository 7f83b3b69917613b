package dev.anagama.deploy.cli;

import dev.anagama.trainer.data.EmojiPictures;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "prepare-data",
    description =
        "Makes a data set of coloured pictures in nine classes out of npm packages of emoji:"
            + " emoji-datasource-twitter and emoji-datasource-google, unpacked.")
final class PrepareDataCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create(); // Set by picocli.

  @Option(
      names = "--emoji",
      paramLabel = "DIR",
      split = ",",
      required = true,
      description = "Folders of the packages, joined by commas.")
  private List<Path> packages = List.of();

  @Option(
      names = "--out",
      paramLabel = "DIR",
      required = true,
      description = "New folder for the data set.")
  private Path out = Path.of("");

  @Option(
      names = "--image-size",
      paramLabel = "N",
      defaultValue = "32",
      description = "Side of the pictures, 8 to 64 pixels (default: ${DEFAULT-VALUE}).")
  private int side;

  @Override
  public Integer call() throws IOException {
    int pictures = EmojiPictures.prepare(packages, out, side);
    spec.commandLine().getOut().printf("%d pictures are in %s%n", pictures, out);
    return 0;
  }
}
