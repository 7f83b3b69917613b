package dev.anagama.bench.simulator;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;

/**
 * What one would write without an engine, for comparison: the oldest waiting job and all others of
 * its steps that fit make a batch, which runs to its end before the next begins.
 */
final class WholeBatch implements WorkerPolicy {
  private final int rowLimit;
  private final Deque<SimulatedJob> waiting = new ArrayDeque<>();
  private final List<SimulatedJob> batch = new ArrayList<>();
  private int batchRows;
  private int passesLeft;

  WholeBatch(int rowLimit) {
    this.rowLimit = rowLimit;
  }

  @Override
  public void take(SimulatedJob job, long nowNanos) {
    waiting.add(job);
  }

  @Override
  public int begin(long nowNanos) {
    if (passesLeft == 0 && !waiting.isEmpty()) {
      form();
    }
    return batchRows;
  }

  @Override
  public List<SimulatedJob> end(long nowNanos) {
    passesLeft--;
    if (passesLeft > 0) {
      return List.of();
    }
    List<SimulatedJob> ended = List.copyOf(batch);
    batch.clear();
    batchRows = 0;
    return ended;
  }

  private void form() {
    JobKind first = waiting.getFirst().kind();
    for (Iterator<SimulatedJob> jobs = waiting.iterator(); jobs.hasNext(); ) {
      SimulatedJob job = jobs.next();
      JobKind kind = job.kind();
      int rows = kind.images() * kind.rowsPerStep();
      if (batch.isEmpty() || (kind.steps() == first.steps() && batchRows + rows <= rowLimit)) {
        batch.add(job);
        batchRows += rows;
        jobs.remove();
      }
    }
    passesLeft = first.steps();
    if (batchRows > rowLimit) {
      // One job of more images than fit: its images go through in several equal turns.
      int turns = (batchRows + rowLimit - 1) / rowLimit;
      batchRows = (batchRows + turns - 1) / turns;
      passesLeft *= turns;
    }
  }
}
