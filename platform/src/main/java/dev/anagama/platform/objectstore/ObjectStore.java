package dev.anagama.platform.objectstore;

import java.net.URI;
import java.util.Optional;

/**
 * Keeps whole objects under keys. Safe for use by many threads, and by many processes over one back
 * end.
 *
 * <p>A key is 1 to {@value ObjectKeys#MAX_LENGTH} characters: segments of {@code [A-Za-z0-9._-]},
 * none empty and none beginning with a dot, joined by slashes. No key may be the folder of another
 * ({@code a} beside {@code a/b}). A malformed key is an {@link IllegalArgumentException}; a back
 * end that fails is an {@link ObjectStoreException}.
 */
public interface ObjectStore extends AutoCloseable {
  /** Largest object, in bytes (1 GiB); larger ones are refused when written and when read. */
  long MAX_OBJECT_BYTES = 1L << 30;

  /**
   * Stores an object, replacing what was there. Readers see the old bytes or the new, never a part.
   * On return the object is durable.
   */
  StoredObject put(String key, byte[] bytes, String contentType);

  /**
   * Stores an object where there is none. Of several concurrent calls exactly one wins.
   *
   * @return whether this call stored it; when {@code false} a durable object was there already and
   *     nothing changed
   */
  boolean putIfAbsent(String key, byte[] bytes, String contentType);

  /** Reads an object whole; empty when there is none. */
  Optional<byte[]> get(String key);

  /** Describes an object; empty when there is none. */
  Optional<StoredObject> head(String key);

  /**
   * Removes an object.
   *
   * @return whether there was one
   */
  boolean delete(String key);

  /** Where the object is or would be, for whoever can reach the back end itself. */
  URI uri(String key);

  /** Gives back what the store holds on to; the objects stay. */
  @Override
  void close();
}
