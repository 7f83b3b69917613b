package dev.anagama.deploy.cli;

/** A command did not do what it was asked for; the message says why. */
final class CommandException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  CommandException(String message) {
    super(message);
  }
}
