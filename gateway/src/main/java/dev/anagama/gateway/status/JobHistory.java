package dev.anagama.gateway.status;

import dev.anagama.gateway.errors.RefusalException;
import dev.anagama.platform.objectstore.ObjectStoreException;
import java.util.Optional;

/**
 * Where a job is looked for: first in the table, then, if it is not there or the table can not tell
 * it whole, in the archive.
 */
public final class JobHistory {
  private final JobTable table;
  private final JobArchive archive;
  private final Readiness readiness;

  /**
   * Looks in {@code table}, then in {@code archive}; a job is unknown only once {@code readiness}
   * says that both tell all.
   */
  public JobHistory(JobTable table, JobArchive archive, Readiness readiness) {
    this.table = table;
    this.archive = archive;
    this.readiness = readiness;
  }

  /** What the table knows of a job that it knows whole; never blocks. */
  public Optional<JobEntry> inTable(String id) {
    return table.find(id).filter(JobEntry::whole);
  }

  /**
   * What is known of a job; blocks when the table does not have it.
   *
   * @throws RefusalException if it is not stored, while the gateway is starting and can not tell
   * @throws ObjectStoreException if the archive can not be read
   */
  public Optional<JobEntry> find(String id) {
    Optional<JobEntry> known = inTable(id);
    if (known.isPresent()) {
      return known;
    }
    // What is stored is an end, whatever the topics may still tell.
    Optional<JobEntry> stored = archive.find(id);
    if (stored.isEmpty()) {
      readiness.requirePastKnown();
    }
    return stored;
  }
}
