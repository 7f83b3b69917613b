package dev.anagama.gateway.api;

import dev.anagama.gateway.errors.Refusal;
import dev.anagama.gateway.errors.RefusalException;
import io.vertx.core.MultiMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The query of a request for an image. */
final class ImageQuery {
  private static final String REDIRECT = "redirect";

  private ImageQuery() {}

  /**
   * Whether a link is wanted; empty if the query does not say it.
   *
   * @throws RefusalException if the query has anything else
   */
  static Optional<Boolean> redirect(MultiMap query) {
    for (String name : query.names()) {
      if (!name.equals(REDIRECT)) {
        throw new RefusalException(
            Refusal.Invalid.field(
                name,
                String.join(", ", query.getAll(name)),
                NearestName.noSuchField(name, Set.of(REDIRECT))));
      }
    }
    List<String> values = query.getAll(REDIRECT);
    if (values.isEmpty()) {
      return Optional.empty();
    }
    String value = String.join(", ", values);
    return switch (value) {
      case "true" -> Optional.of(true);
      case "false" -> Optional.of(false);
      default ->
          throw new RefusalException(Refusal.Invalid.field(REDIRECT, value, "true or false"));
    };
  }
}
