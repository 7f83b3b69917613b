package dev.anagama.deploy.cli;

import dev.anagama.deploy.letters.DeadLetter;
import dev.anagama.deploy.letters.LetterPlace;
import dev.anagama.deploy.letters.LetterTopic;
import dev.anagama.platform.kafka.KafkaSettings;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(name = "show", description = "Shows all of one dead letter.")
final class DeadLettersShowCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create(); // Set by picocli.

  @Parameters(
      paramLabel = "PLACE",
      converter = LetterPlaceName.class,
      description = "The letter's place as dead-letters list shows it, such as 0:17.")
  private LetterPlace place = new LetterPlace(0, 0); // Set by picocli.

  @Mixin private SettingsOptions settings = new SettingsOptions();

  @Option(names = "--json", description = "Print it as JSON; an undecodable value as base64.")
  private boolean json;

  @Override
  public Integer call() {
    KafkaSettings kafka = KafkaSettings.of(settings.load(DeadLettersConfig.class).kafka());
    try (LetterTopic letters = LetterTopic.open(kafka)) {
      DeadLetter letter =
          letters
              .find(place)
              .orElseThrow(() -> new CommandException("there is no dead letter " + place));
      PrintWriter out = spec.commandLine().getOut();
      if (json) {
        out.println(LetterJson.text(letter));
      } else {
        LetterText.print(out, letter);
      }
      return 0;
    }
  }
}
