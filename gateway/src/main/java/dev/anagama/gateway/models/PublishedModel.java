package dev.anagama.gateway.models;

import com.google.protobuf.Timestamp;
import dev.anagama.v1.ModelCard;
import java.util.Optional;

/**
 * A model that can be asked for.
 *
 * @param name its name
 * @param version the version that new jobs get
 * @param card what may be asked of it
 * @param publishedAt when this version was published, UTC
 */
public record PublishedModel(String name, String version, ModelCard card, Timestamp publishedAt) {
  /** The name of class {@code label}, if this version has that class. */
  public Optional<String> className(int label) {
    return label >= 0 && label < card.getClassNamesCount()
        ? Optional.of(card.getClassNames(label))
        : Optional.empty();
  }
}
