package dev.anagama.gateway.status;

import dev.anagama.gateway.errors.Refusal;
import dev.anagama.gateway.errors.RefusalException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What still keeps the gateway from being ready. Each thing needed is named from the start and
 * reported by whoever looks after it.
 */
public final class Readiness {
  /** Something that is needed. */
  public enum Need {
    /** Kafka answers. */
    KAFKA,
    /** The topic of models was read to its end. */
    MODELS,
    /** The topics of jobs were read to their ends. */
    JOBS
  }

  private static final int RETRY_AFTER_SECONDS = 2;

  private final Map<Need, String> missing = new LinkedHashMap<>();

  /** Nothing is there yet. */
  public Readiness() {
    missing.put(Need.KAFKA, "Kafka has not answered yet");
    missing.put(Need.MODELS, "the published models have not been read yet");
    missing.put(Need.JOBS, "the jobs accepted earlier have not been read yet");
  }

  /** Reports that a need is met. */
  public synchronized void met(Need need) {
    missing.remove(need);
    notifyAll();
  }

  /** Reports that a need is not met, and why. */
  public synchronized void lacking(Need need, String why) {
    missing.put(need, why);
  }

  /** What is missing, a sentence each; empty when the gateway is ready. */
  public synchronized List<String> missing() {
    return new ArrayList<>(missing.values());
  }

  /**
   * Waits until nothing is missing.
   *
   * @return whether nothing is
   */
  public synchronized boolean await(Duration timeout) throws InterruptedException {
    long deadlineNanos = System.nanoTime() + timeout.toNanos();
    while (!missing.isEmpty()) {
      long leftMillis = TimeUnit.NANOSECONDS.toMillis(deadlineNanos - System.nanoTime());
      if (leftMillis <= 0) {
        return false;
      }
      wait(leftMillis);
    }
    return true;
  }

  /**
   * Refuses until the past is known: before that, a job that was accepted by an earlier gateway
   * could be taken for unknown.
   */
  public synchronized void requirePastKnown() {
    if (missing.containsKey(Need.JOBS) || missing.containsKey(Need.MODELS)) {
      throw new RefusalException(
          new Refusal.Unavailable(
              "the gateway is starting: " + String.join("; ", missing.values()),
              RETRY_AFTER_SECONDS));
    }
  }

  /**
   * Refuses while Kafka does not answer: a caller need not wait for as long as an append may take
   * to fail.
   */
  public synchronized void requireKafka() {
    String why = missing.get(Need.KAFKA);
    if (why != null) {
      throw new RefusalException(
          new Refusal.Unavailable(why + ", so nothing can be accepted", RETRY_AFTER_SECONDS));
    }
  }
}
