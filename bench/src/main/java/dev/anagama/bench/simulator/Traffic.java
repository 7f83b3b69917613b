package dev.anagama.bench.simulator;

import com.fasterxml.jackson.annotation.JsonValue;

/** How jobs come. */
public enum Traffic {
  /** Independently of one another, at a steady rate. */
  POISSON("poisson"),
  /** At a rate that doubles, say, now and then. */
  BURSTY("bursty");

  private final String label;

  Traffic(String label) {
    this.label = label;
  }

  /** Its name in files. */
  @JsonValue
  public String label() {
    return label;
  }
}
