package dev.anagama.deploy.progress;

import java.io.PrintStream;

/** Tells a person how far long work is. One thread uses it. */
public sealed interface Progress extends AutoCloseable permits BarProgress, LineProgress {
  /** A moving bar on a terminal, a line now and then elsewhere. */
  static Progress on(PrintStream stream, boolean terminal) {
    return terminal ? new BarProgress(stream) : new LineProgress(stream);
  }

  /** Says what is done now; ends the bar, if there is one. */
  void phase(String what);

  /**
   * Begins work that can be counted.
   *
   * @param task what it is, a word
   * @param unit what is counted, plural
   * @param done units done already
   * @param total units in all, at least 1
   */
  void begin(String task, String unit, long done, long total);

  /**
   * How far the work is.
   *
   * @param done units done
   * @param note what else to say, short
   */
  void at(long done, String note);

  /** Ends the bar, if there is one. */
  @Override
  void close();
}
