package dev.anagama.deploy.letters;

import dev.anagama.contract.Topics;
import dev.anagama.platform.kafka.KafkaSettings;
import dev.anagama.platform.kafka.TopicReader;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.function.Consumer;
import org.apache.kafka.common.KafkaException;

/** The dead-letter topic, for reading. */
public final class LetterTopic implements AutoCloseable {
  /** Most letters that are listed at once. */
  public static final int MAX_LISTED = 10_000;

  private static final Comparator<DeadLetter.Summary> OLDEST_FIRST =
      Comparator.comparing(DeadLetter.Summary::when)
          .thenComparing(letter -> letter.place().partition())
          .thenComparing(letter -> letter.place().offset());

  private final TopicReader reader;

  private LetterTopic(TopicReader reader) {
    this.reader = reader;
  }

  /**
   * Opens it.
   *
   * @throws KafkaException if there is no such topic or the cluster can not be reached
   */
  public static LetterTopic open(KafkaSettings kafka) {
    return new LetterTopic(TopicReader.open(kafka, "dead-letters", Topics.DEAD_LETTERS));
  }

  /**
   * The newest letters of those that are meant.
   *
   * @param letters newest first
   * @param matching how many are meant in all
   */
  public record Listing(List<DeadLetter.Summary> letters, int matching) {}

  /**
   * Lists the newest letters that are there now.
   *
   * @param limit most letters, 1 to {@link #MAX_LISTED}
   * @throws KafkaException if the topic can not be read
   */
  public Listing newest(LetterFilter filter, int limit) {
    if (limit < 1 || limit > MAX_LISTED) {
      throw new IllegalArgumentException(
          "limit is %d; allowed: 1 to %d".formatted(limit, MAX_LISTED));
    }
    Newest newest = new Newest(limit);
    forEach(filter, letter -> newest.add(letter.summary()));
    return newest.listing();
  }

  /**
   * Hands over every letter that is there now and meant, oldest first within a partition.
   *
   * @throws KafkaException if the topic can not be read
   */
  public void forEach(LetterFilter filter, Consumer<DeadLetter> handler) {
    reader.forEach(
        record -> {
          DeadLetter letter = DeadLetter.of(record);
          if (filter.matches(letter.summary())) {
            handler.accept(letter);
          }
        });
  }

  /**
   * The letter of that name.
   *
   * @return empty if there is none (any more)
   * @throws KafkaException if the topic can not be read
   */
  public Optional<DeadLetter> find(LetterPlace place) {
    return reader.at(place.partition(), place.offset()).map(DeadLetter::of);
  }

  @Override
  public void close() {
    reader.close();
  }

  /** Keeps the newest of all that it sees. */
  private static final class Newest {
    private final int limit;
    private final PriorityQueue<DeadLetter.Summary> kept = new PriorityQueue<>(OLDEST_FIRST);
    private int seen;

    Newest(int limit) {
      this.limit = limit;
    }

    void add(DeadLetter.Summary letter) {
      seen++;
      kept.add(letter);
      if (kept.size() > limit) {
        kept.remove();
      }
    }

    Listing listing() {
      return new Listing(kept.stream().sorted(OLDEST_FIRST.reversed()).toList(), seen);
    }
  }
}
