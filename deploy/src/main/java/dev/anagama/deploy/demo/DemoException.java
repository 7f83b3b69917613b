package dev.anagama.deploy.demo;

/** The demo did not do all that it is to show. The message can be shown to a user as it is. */
public final class DemoException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  DemoException(String message) {
    super(message);
  }

  DemoException(String message, Throwable cause) {
    super(message, cause);
  }
}
