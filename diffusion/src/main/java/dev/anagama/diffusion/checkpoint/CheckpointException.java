package dev.anagama.diffusion.checkpoint;

/** A checkpoint that can not be used; the message says what was found and what is allowed. */
public final class CheckpointException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public CheckpointException(String message) {
    super(message);
  }

  public CheckpointException(String message, Throwable cause) {
    super(message, cause);
  }
}
