package dev.anagama.platform.objectstore;

/** The back end failed or could not be reached. Retriable: the same call may succeed later. */
public class ObjectStoreException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** A failure described in full by its message, which names the key. */
  public ObjectStoreException(String message) {
    super(message);
  }

  /** A failure with the cause that the back end gave; the message names the key. */
  public ObjectStoreException(String message, Throwable cause) {
    super(message, cause);
  }
}
