package dev.anagama.deploy.client;

/** A call that brought no answer. The message can be shown to a user as it is. */
public final class CallException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Reason reason;

  /** Why there is no answer. */
  public enum Reason {
    /** The gateway refuses the request; sent again it will be refused again. */
    REFUSED,
    /** The gateway, or what it needs, is not there now; the same call may work later. */
    UNAVAILABLE,
    /** The gateway answered with something else. */
    FAILED
  }

  CallException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  CallException(Reason reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  /** Why there is no answer. */
  public Reason reason() {
    return reason;
  }
}
