package dev.anagama.deploy.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.anagama.diffusion.checkpoint.ImageShape;
import dev.anagama.diffusion.checkpoint.StrictJson;
import dev.anagama.trainer.recipe.Recipe;
import dev.anagama.trainer.recipe.Recipes;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "recipes",
    description =
        "Lists what can be trained by name: parameters of the network, data, images to train on,"
            + " and whether it was trained in this project.",
    subcommands = RecipesTryCommand.class)
final class RecipesCommand implements Callable<Integer> {
  private static final String ROW = "%-20s %12s  %-24s %12s  %s%n";

  @Spec private CommandSpec spec = CommandSpec.create(); // Set by picocli.

  @Option(names = "--json", description = "Print them as JSON, with what each is.")
  private boolean json;

  /** A recipe as it is listed. */
  private record Listed(
      String name,
      long parameters,
      ImageShape image,
      int classes,
      long images,
      boolean trainedHere,
      String about) {}

  @Override
  public Integer call() throws JsonProcessingException {
    PrintWriter out = spec.commandLine().getOut();
    List<Listed> listed = new ArrayList<>();
    Recipes.shipped().forEach((name, recipe) -> listed.add(listed(name, recipe)));
    if (json) {
      out.println(StrictJson.MAPPER.writeValueAsString(listed));
      return 0;
    }
    out.printf(ROW, "NAME", "PARAMETERS", "DATA", "IMAGES", "TRAINED HERE");
    for (Listed recipe : listed) {
      ImageShape image = recipe.image();
      out.printf(
          ROW,
          recipe.name(),
          "%,d".formatted(recipe.parameters()),
          "%dx%dx%d, %d classes"
              .formatted(image.channels(), image.height(), image.width(), recipe.classes()),
          "%,d".formatted(recipe.images()),
          recipe.trainedHere() ? "yes" : "no");
    }
    return 0;
  }

  private static Listed listed(String name, Recipe recipe) {
    return new Listed(
        name,
        recipe.parameterCount(),
        recipe.image(),
        recipe.classes(),
        recipe.run().images(),
        recipe.trainedHere(),
        recipe.about());
  }
}
