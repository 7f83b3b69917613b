package dev.anagama.trainer.training;

import java.time.Duration;
import java.time.Instant;

/**
 * Where the time of training steps went; they add up to the whole.
 *
 * @param data waiting for batches to be drawn
 * @param gradient forward and backward passes
 * @param optimizer AdamW and the average of the weights
 */
public record StepTimes(Duration data, Duration gradient, Duration optimizer) {
  static final StepTimes NONE = new StepTimes(Duration.ZERO, Duration.ZERO, Duration.ZERO);

  /** With those of one more step, by the moments at which its phases ended. */
  StepTimes plus(Instant started, Instant drawn, Instant differentiated, Instant moved) {
    return new StepTimes(
        data.plus(Duration.between(started, drawn)),
        gradient.plus(Duration.between(drawn, differentiated)),
        optimizer.plus(Duration.between(differentiated, moved)));
  }

  /** What was added since {@code earlier}. */
  public StepTimes since(StepTimes earlier) {
    return new StepTimes(
        data.minus(earlier.data),
        gradient.minus(earlier.gradient),
        optimizer.minus(earlier.optimizer));
  }

  /** The whole, in seconds. */
  public double seconds() {
    return data.plus(gradient).plus(optimizer).toNanos() / 1e9;
  }
}
