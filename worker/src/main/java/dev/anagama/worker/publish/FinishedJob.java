package dev.anagama.worker.publish;

import dev.anagama.diffusion.checkpoint.ImageShape;
import dev.anagama.v1.JobFailed;
import dev.anagama.v1.Provenance;
import java.time.Instant;
import java.util.List;

/** A job that the engine is done with, for good or for this attempt. */
public sealed interface FinishedJob {
  /** The job. */
  TakenJob taken();

  /** Images in memory, at least one if they were made. */
  int imageCount();

  /**
   * Every image is made.
   *
   * @param startedAt when the first step began
   * @param provenance how they were made
   * @param shape of each image
   * @param images by index: [channels, height, width] in row-major order, pixels in [-1, 1]
   */
  record Generated(
      TakenJob taken,
      Instant startedAt,
      Provenance provenance,
      ImageShape shape,
      List<float[]> images)
      implements FinishedJob {
    /** Keeps its own list; the arrays are handed over. */
    public Generated {
      images = List.copyOf(images);
    }

    @Override
    public int imageCount() {
      return images.size();
    }
  }

  /**
   * The job can not be done.
   *
   * @param failure why
   */
  record Failed(TakenJob taken, JobFailed failure) implements FinishedJob {
    @Override
    public int imageCount() {
      return 0;
    }
  }

  /**
   * The attempt failed; another one may not. Nothing is stored of it.
   *
   * @param reason how the job ends if this was its last attempt
   */
  record AttemptFailed(TakenJob taken, JobFailed reason) implements FinishedJob {
    @Override
    public int imageCount() {
      return 0;
    }
  }

  /** The caller did not want the job any more. */
  record Canceled(TakenJob taken) implements FinishedJob {
    @Override
    public int imageCount() {
      return 0;
    }
  }

  /** The job's deadline has passed. */
  record Expired(TakenJob taken) implements FinishedJob {
    @Override
    public int imageCount() {
      return 0;
    }
  }
}
