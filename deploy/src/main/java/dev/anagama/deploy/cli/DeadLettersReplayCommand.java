package dev.anagama.deploy.cli;

import dev.anagama.deploy.letters.DeadLetter;
import dev.anagama.deploy.letters.LetterPlace;
import dev.anagama.deploy.letters.LetterTopic;
import dev.anagama.deploy.letters.Replay;
import dev.anagama.deploy.letters.Replayer;
import dev.anagama.platform.config.KafkaConfig;
import dev.anagama.platform.kafka.KafkaEnds;
import dev.anagama.platform.kafka.KafkaSettings;
import dev.anagama.platform.kafka.Topology;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "replay",
    description = {
      "Sends dead letters again. A job becomes a new job: the same spec and seed under an id that"
          + " follows from the old one and the letter, so that replaying a letter twice makes one"
          + " job. A deadline that has passed is dropped.",
      "The letters stay where they are until they are too old."
    })
final class DeadLettersReplayCommand implements Callable<Integer> {
  /** Most letters of {@code --all}. */
  private static final int MAX_LETTERS = 100_000;

  @Spec private CommandSpec spec = CommandSpec.create(); // Set by picocli.

  @Parameters(
      paramLabel = "PLACE",
      arity = "0..*",
      converter = LetterPlaceName.class,
      description = "Letters, by their places as dead-letters list shows them, such as 0:17.")
  private List<LetterPlace> places = new ArrayList<>();

  @Option(names = "--all", description = "Every letter that is there now, or those that are meant.")
  private boolean all;

  @Mixin private LetterFilterOptions filter = new LetterFilterOptions();

  @Option(
      names = "--undecodable",
      description =
          "Also send records that hold no job, byte for byte, to the topic that they came from. Of"
              + " use after an upgrade; what is still undecodable comes back as another letter.")
  private boolean undecodable;

  @Option(names = "--dry-run", description = "Only say what would be sent.")
  private boolean dryRun;

  @Option(names = "--json", description = "Print what was sent as JSON.")
  private boolean json;

  @Mixin private SettingsOptions settings = new SettingsOptions();

  @Override
  public Integer call() {
    requireSense();
    KafkaConfig config = settings.load(DeadLettersConfig.class).kafka();
    KafkaSettings kafka = KafkaSettings.of(config);
    ReplayReport report = new ReplayReport(spec.commandLine().getOut(), json, dryRun);
    try (LetterTopic letters = LetterTopic.open(kafka)) {
      // What is wrong with the letters that are meant is found before any is sent.
      List<DeadLetter> named = all ? atMostTheLimit(letters) : named(letters);
      if (dryRun) {
        replay(letters, named, report, Optional.empty());
      } else {
        Topology.ensure(kafka, Topology.Options.of(config));
        try (Producer<String, byte[]> producer = KafkaEnds.producer(kafka, "anagama-replay")) {
          replay(letters, named, report, Optional.of(new Replayer(producer)));
        }
      }
    }
    report.print();
    return 0;
  }

  private void requireSense() {
    if (all == !places.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(),
          all ? "either PLACE or --all, not both" : "which letters? name their PLACE, or --all");
    }
    if (!all && !filter.isOpen()) {
      throw new ParameterException(
          spec.commandLine(), "--category and --reason-contains are of use with --all alone");
    }
  }

  private List<DeadLetter> named(LetterTopic letters) {
    List<DeadLetter> named = new ArrayList<>();
    for (LetterPlace place : new LinkedHashSet<>(places)) {
      DeadLetter letter =
          letters
              .find(place)
              .orElseThrow(() -> new CommandException("there is no dead letter " + place));
      requireReplayable(letter);
      named.add(letter);
    }
    return named;
  }

  private void requireReplayable(DeadLetter letter) {
    Replay replay = Replay.of(letter, Instant.EPOCH);
    whyLeft(replay)
        .ifPresent(
            why -> {
              String message =
                  "%s can not be replayed: %s".formatted(letter.summary().place(), why);
              // What an option would do is a matter of usage, what nothing can do is a failure.
              throw replay instanceof Replay.AsItCame
                  ? new ParameterException(spec.commandLine(), message)
                  : new CommandException(message);
            });
  }

  /** No letter by name, if those that are meant are few enough. */
  private List<DeadLetter> atMostTheLimit(LetterTopic letters) {
    int matching = letters.newest(filter.filter(), 1).matching();
    if (matching > MAX_LETTERS) {
      throw new CommandException(
          "%d letters are meant; allowed: %d in one call; narrow them by --category or"
                  .formatted(matching, MAX_LETTERS)
              + " --reason-contains");
    }
    return List.of();
  }

  private void replay(
      LetterTopic letters,
      List<DeadLetter> named,
      ReplayReport report,
      Optional<Replayer> replayer) {
    Instant now = Clock.systemUTC().instant();
    try {
      named.forEach(letter -> replay(letter, now, report, replayer));
      if (all) {
        letters.forEach(filter.filter(), letter -> replay(letter, now, report, replayer));
      }
      replayer.ifPresent(Replayer::finish);
    } catch (KafkaException e) {
      // Some may be on their way already, and whoever reads the failure must know which.
      report.printIfAny();
      throw e;
    }
  }

  private void replay(
      DeadLetter letter, Instant now, ReplayReport report, Optional<Replayer> replayer) {
    Replay replay = Replay.of(letter, now);
    Optional<String> why = whyLeft(replay);
    if (why.isPresent()) {
      report.left(letter.summary(), why.get());
    } else if (replay instanceof Replay.Anew anew) {
      send(letter, anew.record(), () -> report.replayed(letter.summary(), anew), replayer);
    } else if (replay instanceof Replay.AsItCame same) {
      send(letter, same.record(), () -> report.replayed(letter.summary(), same), replayer);
    }
  }

  private Optional<String> whyLeft(Replay replay) {
    if (replay instanceof Replay.Impossible impossible) {
      return Optional.of(impossible.why());
    }
    return replay instanceof Replay.AsItCame && !undecodable
        ? Optional.of("it holds no job; --undecodable sends it as it came")
        : Optional.empty();
  }

  private static void send(
      DeadLetter letter,
      ProducerRecord<String, byte[]> record,
      Runnable told,
      Optional<Replayer> replayer) {
    replayer.ifPresentOrElse(r -> r.send(letter.summary().place(), record, told), told);
  }
}
