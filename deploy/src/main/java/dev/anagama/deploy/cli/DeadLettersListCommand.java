package dev.anagama.deploy.cli;

import dev.anagama.deploy.letters.LetterTopic;
import dev.anagama.platform.kafka.KafkaSettings;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(name = "list", description = "Lists what was given up, newest first.")
final class DeadLettersListCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create(); // Set by picocli.

  @Mixin private SettingsOptions settings = new SettingsOptions();

  @Mixin private LetterFilterOptions filter = new LetterFilterOptions();

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "Most letters, 1 to 10000 (default: ${DEFAULT-VALUE}).")
  private int limit = 100;

  @Option(names = "--json", description = "Print them as JSON.")
  private boolean json;

  @Override
  public Integer call() {
    KafkaSettings kafka = KafkaSettings.of(settings.load(DeadLettersConfig.class).kafka());
    try (LetterTopic letters = LetterTopic.open(kafka)) {
      LetterTopic.Listing listing = letters.newest(filter.filter(), limit);
      PrintWriter out = spec.commandLine().getOut();
      if (json) {
        out.println(LetterJson.text(listing));
      } else {
        LetterText.print(out, listing);
      }
      return 0;
    }
  }
}
