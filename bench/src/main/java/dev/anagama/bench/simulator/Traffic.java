package dev.anagama.bench.simulator;

import com.fasterxml.jackson.annotation.JsonValue;

/** How jobs come. */
public enum Traffic {
  /** Independently of one another, at a steady rate. */
  POISSON("poisson", "Poisson"),
  /** At a rate that doubles, say, now and then. */
  BURSTY("bursty", "bursty");

  private final String label;
  private final String word;

  Traffic(String label, String word) {
    this.label = label;
    this.word = word;
  }

  /** Its name in files. */
  @JsonValue
  public String label() {
    return label;
  }

  /** What it is called in a sentence. */
  String word() {
    return word;
  }
}
