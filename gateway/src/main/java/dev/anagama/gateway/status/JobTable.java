package dev.anagama.gateway.status;

import com.google.protobuf.Timestamp;
import dev.anagama.gateway.errors.Refusal;
import dev.anagama.gateway.errors.RefusalException;
import dev.anagama.v1.GenerationJob;
import dev.anagama.v1.Job;
import dev.anagama.v1.JobEvent;
import dev.anagama.v1.JobProgress;
import dev.anagama.v1.JobState;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;

/**
 * The jobs that are live and the latest that ended. Threads that read topics write it, any thread
 * reads it; every operation is short and under one lock.
 *
 * <p>A job that has ended never becomes live again: its entry keeps its end, and once the entry
 * makes room for others ({@link Limits#endedJobs}, oldest end first) its id is still remembered, so
 * that nothing that comes late is taken for a new job. Ended jobs that are not here any more are in
 * the {@link JobArchive}.
 */
public final class JobTable {
  /** Seconds after which a caller who met a limit may try again. */
  private static final int RETRY_AFTER_SECONDS = 5;

  private static final int REMEMBERED_IDS = 500_000;

  // Each image of an ended job has its names, digest and size here, as much as a job itself.
  private static final long ENDED_IMAGES_PER_JOB = 8;

  /**
   * How much is kept.
   *
   * @param endedJobs ended jobs kept here, at least 1; fewer where they have more than 8 images each
   * @param waiters callers that wait for jobs to end, at least 1
   */
  public record Limits(int endedJobs, int waiters) {
    private long endedImages() {
      return ENDED_IMAGES_PER_JOB * endedJobs;
    }
  }

  private final Limits limits;
  private final Capacity capacity;
  private final Map<String, JobEntry> live = new HashMap<>();
  private final Map<String, JobEntry> ended = new HashMap<>();
  private final Deque<String> endedInOrder = new ArrayDeque<>();
  private final EndedIds evicted = new EndedIds(REMEMBERED_IDS);
  private final Map<String, List<CompletableFuture<Void>>> waiting = new HashMap<>();
  private int waiters;
  private long endedImages;

  /** An empty table; the jobs that are live in it take up {@code capacity}. */
  public JobTable(Limits limits, Capacity capacity) {
    this.limits = limits;
    this.capacity = capacity;
  }

  /**
   * Takes a job that this gateway has just put on Kafka.
   *
   * @return what is known of it now; the job in it is another if one of a lesser place has this id
   */
  public synchronized JobEntry acknowledged(GenerationJob job, JobPlace place) {
    accepted(job, place);
    // It may have ended and left again already.
    return find(job.getJobId()).orElseGet(() -> JobEntry.UNKNOWN.withJob(job, place));
  }

  /**
   * Takes that an id may be a new job's: there is no job of that id, neither here nor in the
   * archive, though one may be remembered whose results were deleted.
   */
  public synchronized void vacated(String id) {
    evicted.remove(id);
  }

  /** Takes a job that was read from Kafka. */
  public synchronized void accepted(GenerationJob job, JobPlace place) {
    update(job.getJobId(), entry -> entry.withJob(job, place));
  }

  /** Takes the fact that a worker began a job. */
  public synchronized void started(String id, Timestamp at) {
    update(id, entry -> entry.withStarted(at));
  }

  /** Takes progress; that of a job which is not known here is dropped, since more will come. */
  public synchronized void progressed(JobProgress progress) {
    live.computeIfPresent(progress.getJobId(), (id, entry) -> entry.withProgress(progress));
  }

  /** Takes the end of a job and wakes whoever waits for it. */
  public void ended(JobEvent terminal, long offset) {
    List<CompletableFuture<Void>> woken = List.of();
    synchronized (this) {
      String id = terminal.getJobId();
      update(id, entry -> entry.withTerminal(terminal, offset));
      woken = waiting.getOrDefault(id, woken);
      waiting.remove(id);
      waiters -= woken.size();
    }
    // Outside the lock: what waits may do anything.
    woken.forEach(waiter -> waiter.complete(null));
  }

  /** What is known of a job here. */
  public synchronized Optional<JobEntry> find(String id) {
    JobEntry entry = live.get(id);
    return Optional.ofNullable(entry != null ? entry : ended.get(id));
  }

  /** How many jobs have not ended. */
  public synchronized int liveJobs() {
    return live.size();
  }

  /**
   * A future that completes when a live job ends; at once if the job is not live. Give it back with
   * {@link #release} when it is not needed any more.
   *
   * @throws RefusalException if too many wait
   */
  public synchronized CompletableFuture<Void> whenEnded(String id) {
    CompletableFuture<Void> waiter = new CompletableFuture<>();
    if (!live.containsKey(id)) {
      waiter.complete(null);
      return waiter;
    }
    if (waiters >= limits.waiters()) {
      throw new RefusalException(
          new Refusal.OverCapacity(
              "%d callers already wait for jobs, which is the limit; ask without waiting"
                  .formatted(waiters),
              RETRY_AFTER_SECONDS));
    }
    waiting.computeIfAbsent(id, key -> new ArrayList<>()).add(waiter);
    waiters++;
    return waiter;
  }

  /** Forgets a waiter. */
  public synchronized void release(String id, CompletableFuture<Void> waiter) {
    List<CompletableFuture<Void>> all = waiting.get(id);
    if (all != null && all.removeIf(one -> one == waiter)) {
      waiters--;
      if (all.isEmpty()) {
        waiting.remove(id);
      }
    }
  }

  /** The jobs that succeeded last, latest first, at most {@code limit}. */
  public synchronized List<Job> latestSucceeded(int limit) {
    List<Job> latest = new ArrayList<>();
    Iterator<String> ids = endedInOrder.descendingIterator();
    while (ids.hasNext() && latest.size() < limit) {
      Optional.ofNullable(ended.get(ids.next()))
          .filter(JobEntry::whole)
          .flatMap(JobEntry::view)
          .filter(job -> job.getState() == JobState.JOB_STATE_SUCCEEDED)
          .ifPresent(latest::add);
    }
    return latest;
  }

  private void update(String id, UnaryOperator<JobEntry> change) {
    JobEntry done = ended.get(id);
    if (done != null) {
      keepEnded(id, done, change.apply(done));
      return;
    }
    if (evicted.contains(id)) {
      return;
    }
    JobEntry before = live.getOrDefault(id, JobEntry.UNKNOWN);
    JobEntry after = change.apply(before);
    capacity.changed(before, after);
    if (after.ended()) {
      live.remove(id);
      keepEnded(id, JobEntry.UNKNOWN, after);
      endedInOrder.addLast(id);
      evict();
    } else {
      live.put(id, after);
    }
  }

  private void keepEnded(String id, JobEntry before, JobEntry after) {
    ended.put(id, after);
    endedImages += after.images() - before.images();
  }

  private void evict() {
    // The last one stays: who waited for it is about to read it.
    while (endedInOrder.size() > limits.endedJobs()
        || (endedImages > limits.endedImages() && endedInOrder.size() > 1)) {
      String oldest = endedInOrder.removeFirst();
      JobEntry entry = ended.remove(oldest);
      endedImages -= entry == null ? 0 : entry.images();
      evicted.add(oldest);
    }
  }
}
