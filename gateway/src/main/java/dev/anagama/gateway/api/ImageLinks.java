package dev.anagama.gateway.api;

import dev.anagama.platform.objectstore.ObjectStore;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** Links by which callers read images from the object store itself. */
public final class ImageLinks {
  /** Long enough to follow a redirect over a slow line, short enough to be of no use to others. */
  private static final Duration VALID = Duration.ofMinutes(15);

  private final ObjectStore store;
  private final ImageDelivery usual;
  private final Clock clock;

  /** Links to {@code store}; {@code usual} is for requests that do not say what they want. */
  public ImageLinks(ObjectStore store, ImageDelivery usual, Clock clock) {
    this.store = store;
    this.usual = usual;
    this.clock = clock;
  }

  /** Whether a request that does not say it gets a link. */
  boolean areUsual() {
    return usual == ImageDelivery.REDIRECT;
  }

  /**
   * A link to an image. It may block.
   *
   * @return empty where the store has none, and for images that may have been removed: the gateway
   *     says better than the store why they are not there
   */
  Optional<URI> to(JobImage image) {
    return expiryOf(image).isPresent()
        ? Optional.empty()
        : store.presignedGet(image.stored().getKey(), VALID);
  }

  /** When an image expired; empty if it has not. */
  Optional<Instant> expiryOf(JobImage image) {
    Instant now = clock.instant();
    return image.expiresAt().filter(at -> !at.isAfter(now));
  }
}
