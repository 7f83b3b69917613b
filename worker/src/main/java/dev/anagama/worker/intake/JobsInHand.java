package dev.anagama.worker.intake;

import dev.anagama.worker.publish.TakenJob;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The jobs that were taken and have not ended. Of each job id one record is done; others of the
 * same id are <b>copies</b>, and wait until that one has ended or is not ours any more. Then they
 * are <b>loose</b>: they are looked at as if they had just come.
 *
 * <p>Used by one thread.
 */
final class JobsInHand {
  private final Map<String, HeldJob> jobs = new HashMap<>();
  private final Map<String, List<HeldJob>> copies = new HashMap<>();
  private final Deque<HeldJob> loose = new ArrayDeque<>();
  private int copiesCount;

  boolean contains(String id) {
    return jobs.containsKey(id);
  }

  @Nullable HeldJob find(String id) {
    return jobs.get(id);
  }

  /** A job; none of that id may be in hand. */
  void add(HeldJob job) {
    if (jobs.putIfAbsent(job.id(), job) != null) {
      throw new IllegalStateException(job + " is in hand already, by another record");
    }
  }

  /** Another record of a job that is in hand. */
  void addCopy(HeldJob copy) {
    copies.computeIfAbsent(copy.id(), id -> new ArrayList<>()).add(copy);
    copiesCount++;
  }

  /** A job has ended; its copies are loose. */
  void remove(String id) {
    jobs.remove(id);
    List<HeldJob> waited = copies.remove(id);
    if (waited != null) {
      loose.addAll(waited);
      copiesCount -= waited.size();
    }
  }

  /** The next loose record, which stays until {@link #removeLoose}. */
  @Nullable HeldJob peekLoose() {
    return loose.peek();
  }

  void removeLoose() {
    loose.remove();
  }

  /** Drops jobs and copies of leases that have ended. */
  void dropEnded() {
    for (String id : List.copyOf(copies.keySet())) {
      List<HeldJob> ofJob = copies.getOrDefault(id, List.of());
      copiesCount -= ofJob.size();
      ofJob.removeIf(HeldJob::leaseEnded);
      copiesCount += ofJob.size();
    }
    loose.removeIf(HeldJob::leaseEnded);
    for (HeldJob job : List.copyOf(jobs.values())) {
      if (job.leaseEnded()) {
        remove(job.id());
      }
    }
  }

  /** Records in hand. */
  int size() {
    return jobs.size() + copiesCount + loose.size();
  }

  /** Jobs of a class, without copies. */
  int size(PriorityClass of) {
    return (int) jobs.values().stream().filter(job -> job.priority() == of).count();
  }

  /** The jobs, without copies. */
  Collection<HeldJob> jobs() {
    return jobs.values();
  }

  /** The same, as others know them. */
  List<TakenJob> taken() {
    return jobs.values().stream().map(HeldJob::taken).toList();
  }
}
