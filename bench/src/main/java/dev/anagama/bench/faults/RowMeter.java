package dev.anagama.bench.faults;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * Counts the network rows that workers have run, by their health pages. What a process ran after
 * the last look is missing when it dies, so whoever kills one looks first. Any thread may call.
 */
final class RowMeter {
  private final List<Line> workers;
  private final Map<Long, Long> rowsByProcess = new HashMap<>();

  RowMeter(List<Line> workers) {
    this.workers = workers;
  }

  /** Asks all workers that run. */
  void look() throws InterruptedException {
    for (Line worker : workers) {
      look(worker);
    }
  }

  /** Asks one, if it runs. */
  void look(Line worker) throws InterruptedException {
    OptionalLong process = worker.process().runningPid();
    OptionalLong rows = process.isPresent() ? worker.networkRows() : OptionalLong.empty();
    if (rows.isPresent()) {
      keep(process.getAsLong(), rows.getAsLong());
    }
  }

  /** Rows of all processes so far. */
  synchronized long rows() {
    return rowsByProcess.values().stream().mapToLong(Long::longValue).sum();
  }

  private synchronized void keep(long process, long rows) {
    rowsByProcess.merge(process, rows, Math::max);
  }
}
