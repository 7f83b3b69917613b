package dev.anagama.trainer.sampling;

/** What a method is varied by. */
public enum StrengthAxis {
  /** w, from 0 (nothing) up. */
  WEIGHT("w", "guidance weight w"),
  /** The temperature, from 1 (nothing) down. */
  TEMPERATURE("T", "temperature");

  private final String symbol;
  private final String title;

  StrengthAxis(String symbol, String title) {
    this.symbol = symbol;
    this.title = title;
  }

  /** As in formulas. */
  public String symbol() {
    return symbol;
  }

  /** As on axes of charts. */
  public String title() {
    return title;
  }

  /** Whether a strength is one: finite and at least 0, or above 0 and at most 1. */
  public boolean allows(double strength) {
    return switch (this) {
      case WEIGHT -> strength >= 0 && Double.isFinite(strength);
      case TEMPERATURE -> strength > 0 && strength <= 1;
    };
  }

  /** What {@link #allows} lets through, in words. */
  public String allowed() {
    return switch (this) {
      case WEIGHT -> "0 or more";
      case TEMPERATURE -> "above 0, at most 1";
    };
  }
}
