package dev.anagama.gateway.api;

import dev.anagama.v1.Job;
import dev.anagama.v1.StoredImage;
import java.time.Instant;
import java.util.Optional;

/**
 * An image of a job that succeeded.
 *
 * @param jobId the job
 * @param stored where it is
 * @param expiresAt from when on it may be gone; empty if it is kept for good
 */
record JobImage(String jobId, StoredImage stored, Optional<Instant> expiresAt) {
  static JobImage of(Job job, StoredImage stored) {
    return new JobImage(
        job.getId(),
        stored,
        job.hasResultsExpireAt()
            ? Optional.of(
                Instant.ofEpochSecond(
                    job.getResultsExpireAt().getSeconds(), job.getResultsExpireAt().getNanos()))
            : Optional.empty());
  }
}
