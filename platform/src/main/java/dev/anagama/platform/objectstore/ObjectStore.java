package dev.anagama.platform.objectstore;

import java.net.URI;
import java.time.Duration;
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

  /** Most objects in one page of a listing, which is S3's limit. */
  int MAX_PAGE = 1000;

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

  /**
   * Lists the objects whose keys begin with {@code folder} and a slash, in the order of their keys.
   * What is stored or removed meanwhile may be missing or be there.
   *
   * @param folder of the form of a key
   * @param after {@link ObjectPage#next} of the page before; empty for the first
   * @param limit most objects, 1 to {@value #MAX_PAGE}
   */
  ObjectPage list(String folder, Optional<String> after, int limit);

  /**
   * A link that lets whoever has it read the object for a time, without keys of the back end. It is
   * made whether or not there is such an object, and without asking the back end.
   *
   * @param validFor whole seconds, 1 s to 7 d
   * @return empty where the back end has no such links
   */
  Optional<URI> presignedGet(String key, Duration validFor);

  /** Where the object is or would be, for whoever can reach the back end itself. */
  URI uri(String key);

  /** Gives back what the store holds on to; the objects stay. */
  @Override
  void close();
}
