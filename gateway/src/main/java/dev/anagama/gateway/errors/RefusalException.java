package dev.anagama.gateway.errors;

/** Carries a {@link Refusal} to where it is answered. It has no stack trace: it is no surprise. */
public final class RefusalException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient Refusal refusal;

  /** Carries {@code refusal}. */
  public RefusalException(Refusal refusal) {
    super(refusal.detail(), null, false, false);
    this.refusal = refusal;
  }

  /** What is refused and why. */
  public Refusal refusal() {
    return refusal;
  }
}
