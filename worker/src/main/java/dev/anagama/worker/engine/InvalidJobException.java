package dev.anagama.worker.engine;

/** The job can not be done as it is; the message names the field, the value and what is allowed. */
final class InvalidJobException extends Exception {
  private static final long serialVersionUID = 1L;

  InvalidJobException(String message) {
    super(message);
  }
}
