package dev.anagama.deploy.cli;

import dev.anagama.deploy.client.GatewayClient;
import dev.anagama.v1.Model;
import dev.anagama.v1.ModelCard;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(name = "models", description = "Lists the models that a gateway offers.")
final class ModelsCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create(); // Set by picocli.

  @Mixin private ServerOption server = new ServerOption();

  @Option(names = "--json", description = "Print them as JSON.")
  private boolean json;

  @Override
  public Integer call() {
    try (GatewayClient client = server.connect()) {
      List<Model> models = client.models();
      PrintWriter out = spec.commandLine().getOut();
      if (json) {
        out.println(PublicJson.text(models));
      } else {
        models.forEach(model -> print(out, model));
      }
      return 0;
    }
  }

  private static void print(PrintWriter out, Model model) {
    ModelCard card = model.getCard();
    out.printf(
        "%s %s%s%n", model.getName(), model.getVersion(), model.getIsDefault() ? " (default)" : "");
    out.printf("  images    %d x %d", card.getWidth(), card.getHeight());
    out.printf(", %s%n", card.getChannels() == 1 ? "grey" : "red, green and blue");
    out.printf("  classes   %s%n", String.join(", ", card.getClassNamesList()));
    out.printf(
        "  defaults  %d steps, guidance scale %s, %s, %s%n",
        card.getDefaultNumInferenceSteps(),
        card.getDefaultGuidanceScale(),
        PublicJson.word(card.getDefaultSampler()),
        PublicJson.word(card.getDefaultSchedule()));
  }
}
