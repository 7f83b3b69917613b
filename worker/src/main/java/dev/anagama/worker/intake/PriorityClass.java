package dev.anagama.worker.intake;

import dev.anagama.contract.Topics;
import java.util.function.ToIntFunction;

/**
 * The topics of jobs, the most urgent first, and how they share a worker. When all have records, of
 * {@value #ALL_TURNS} jobs that are taken 8 are interactive, 4 standard and 1 is of batch, so that
 * none starves. And of the worker's places the lower two may fill three quarters, and batch a half,
 * so that a flood of them does not keep the higher ones out.
 */
enum PriorityClass {
  /** Somebody waits for them. */
  INTERACTIVE(Topics.JOBS_INTERACTIVE, 0, 8, 4),
  /** Those that say nothing. */
  STANDARD(Topics.JOBS, 1, 4, 3),
  /** They may take their time. */
  BATCH(Topics.JOBS_BATCH, 2, 1, 2);

  /** Turns in a round. */
  static final int ALL_TURNS = 13;

  private final String topic;
  private final int rank;
  private final int turns;
  private final int quarters;

  PriorityClass(String topic, int rank, int turns, int quarters) {
    this.topic = topic;
    this.rank = rank;
    this.turns = turns;
    this.quarters = quarters;
  }

  /**
   * The class of a topic's jobs.
   *
   * @throws IllegalArgumentException if it is no topic of jobs
   */
  static PriorityClass of(String topic) {
    for (PriorityClass each : values()) {
      if (each.topic.equals(topic)) {
        return each;
      }
    }
    throw new IllegalArgumentException(
        "topic is '%s'; allowed: %s".formatted(topic, Topics.ALL_JOBS));
  }

  /** 0 for the most urgent, as the engines count. */
  int rank() {
    return rank;
  }

  /** Turns of this class in a round. */
  int turns() {
    return turns;
  }

  /**
   * Whether one more job of this class leaves the classes above their places.
   *
   * @param taken places that are taken, by class
   * @param places all there are, at least 1
   */
  boolean hasRoom(ToIntFunction<PriorityClass> taken, int places) {
    int below = 0;
    for (int i = values().length - 1; i >= 0; i--) {
      PriorityClass each = values()[i];
      below += taken.applyAsInt(each);
      if (each.rank <= rank && below >= Math.max(1, places * each.quarters / 4)) {
        return false;
      }
    }
    return true;
  }
}
