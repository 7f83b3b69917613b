package dev.anagama.bench.simulator;

import dev.anagama.worker.schedule.Choice;
import dev.anagama.worker.schedule.Demand;
import dev.anagama.worker.schedule.Roster;
import dev.anagama.worker.schedule.RowPool;
import dev.anagama.worker.schedule.Urgency;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The engine's: jobs join at every step boundary. The decisions are made by its own code. */
final class StepJoining implements WorkerPolicy {
  private final Roster<SimulatedJob> roster = new Roster<>();
  private final RowPool pool;
  private @Nullable Choice<SimulatedJob> running;
  private long begunNanos;

  StepJoining(int rowLimit) {
    this.pool = new RowPool("simulated", rowLimit);
  }

  @Override
  public void take(SimulatedJob job, long nowNanos) {
    JobKind kind = job.kind();
    roster.arrive(job, Urgency.NORMAL, nowNanos);
    roster.plan(job, new Demand(pool, kind.images(), kind.steps(), step -> kind.rowsPerStep()));
  }

  @Override
  public int begin(long nowNanos) {
    running = roster.choose(nowNanos, true).orElse(null);
    begunNanos = nowNanos;
    return running == null ? 0 : running.networkRows();
  }

  @Override
  public List<SimulatedJob> end(long nowNanos) {
    if (running == null) {
      throw new IllegalStateException("no cycle is running");
    }
    return roster.stepped(running, nowNanos - begunNanos).jobs();
  }
}
