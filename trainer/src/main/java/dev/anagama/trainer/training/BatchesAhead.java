package dev.anagama.trainer.training;

import dev.anagama.trainer.data.DataException;
import java.io.InterruptedIOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Draws the next batch while a step works on this one, on a thread of its own, which alone uses the
 * source. One batch ahead and no more; what a batch holds follows from its number alone, so this
 * changes when it is drawn and nothing else.
 */
public final class BatchesAhead implements AutoCloseable {
  private final BatchSource source;
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread made = new Thread(task, "anagama-batches");
            made.setDaemon(true);
            return made;
          });
  private @Nullable Drawing ahead;

  /**
   * A batch that is drawn or will be.
   *
   * @param step its number
   * @param batch when it is there
   */
  private record Drawing(long step, Future<Batch> batch) {}

  /** Draws from {@code source}, which nobody else may use. */
  public BatchesAhead(BatchSource source) {
    this.source = source;
  }

  /**
   * Batch {@code step}, while the one after it is begun.
   *
   * @throws InterruptedIOException if the caller is interrupted, before or while it waits
   * @throws DataException if an image of it can not be used
   */
  public Batch take(long step) throws InterruptedIOException {
    if (Thread.currentThread().isInterrupted()) {
      // A batch that is there already would be given to a caller that was asked to stop.
      throw interrupted(step);
    }
    Drawing wanted = ahead != null && ahead.step() == step ? ahead : draw(step);
    try {
      Batch batch = wanted.batch().get();
      ahead = draw(step + 1);
      return batch;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw interrupted(step);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof DataException unusable) {
        // It says which image and why, which is all that a user can act on.
        throw new DataException(String.valueOf(unusable.getMessage()), unusable);
      }
      throw new IllegalStateException("batch %d can not be drawn".formatted(step), e.getCause());
    }
  }

  /** Lets the thread end, which it does with the batch in hand. */
  @Override
  public void close() {
    thread.shutdown();
  }

  private static InterruptedIOException interrupted(long step) {
    return new InterruptedIOException("interrupted before batch %d was drawn".formatted(step));
  }

  private Drawing draw(long step) {
    return new Drawing(step, thread.submit(() -> source.batch(step)));
  }
}
