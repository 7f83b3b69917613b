package dev.anagama.bench.simulator;

/** What HTML needs. */
final class Html {
  private Html() {}

  /** Text for an element or a quoted attribute. */
  static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
