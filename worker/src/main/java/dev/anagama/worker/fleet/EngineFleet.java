package dev.anagama.worker.fleet;

import dev.anagama.worker.engine.EngineCommand;
import dev.anagama.worker.engine.EngineReport;
import dev.anagama.worker.publish.TakenJob;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The engines of a worker. A job goes to the engine that has the fewest rows to finish, and stays
 * there to its end: its rows never leave their device.
 *
 * <p>One thread hands over jobs, cancels them and says when they or their leases have ended; any
 * thread may call the rest.
 */
public final class EngineFleet implements AutoCloseable {
  private final List<Seat> seats;
  private final Map<String, Seated> jobs = new HashMap<>();

  /** An engine, and the images that it was given and that are not stored yet. */
  private record Seat(DeviceEngine on, AtomicInteger unfinishedRows) {}

  private record Seated(TakenJob job, Seat seat, int rows) {}

  /**
   * Takes over running engines.
   *
   * @param engines at least one
   */
  public EngineFleet(List<DeviceEngine> engines) {
    if (engines.isEmpty()) {
      throw new IllegalArgumentException("engines is empty; allowed: at least one");
    }
    this.seats = engines.stream().map(on -> new Seat(on, new AtomicInteger())).toList();
  }

  /** Every engine, in the order of the configuration. */
  public List<DeviceEngine> engines() {
    return seats.stream().map(Seat::on).toList();
  }

  /** Where its engines run, in the same order. */
  public List<DeviceEngine.Place> places() {
    return seats.stream().map(seat -> seat.on().place()).toList();
  }

  /** Images that each engine has to finish, in the same order. */
  public List<Integer> unfinishedRows() {
    return seats.stream().map(seat -> seat.unfinishedRows().get()).toList();
  }

  /**
   * Hands over a job if there is room for it to wait, until it is said to have {@link #ended}
   * or its lease does.
   *
   * @param job no job of that id may be here
   * @return whether an engine has it now
   */
  public boolean offer(TakenJob job) {
    int rows = Math.max(1, job.job().getSpec().getNumImages());
    List<Seat> emptiestFirst =
        seats.stream()
            .sorted(Comparator.comparingInt(seat -> seat.unfinishedRows().get()))
            .toList();
    for (Seat seat : emptiestFirst) {
      if (seat.on().engine().offer(job)) {
        seat.unfinishedRows().addAndGet(rows);
        jobs.put(job.id(), new Seated(job, seat, rows));
        return true;
      }
    }
    return false;
  }

  /** Jobs of a class that were handed over and have not begun. */
  public int waiting(int priority) {
    return engines().stream().mapToInt(each -> each.engine().waiting(priority)).sum();
  }

  /** Jobs that may wait with engines that take any. */
  public int waitingPlaces() {
    return engines().stream().mapToInt(each -> each.engine().waitingPlaces()).sum();
  }

  /** A job is not wanted any more; it ends at the publisher before the next step. */
  public void cancel(String jobId) throws InterruptedException {
    Seated seated = jobs.get(jobId);
    if (seated != null) {
      seated.seat().on().engine().submit(new EngineCommand.Cancel(jobId));
    }
  }

  /** A job that was handed over is done. */
  public void ended(String jobId) {
    Seated seated = jobs.remove(jobId);
    if (seated != null) {
      seated.seat().unfinishedRows().addAndGet(-seated.rows());
    }
  }

  /** A lease has ended; its jobs are dropped before the next step. */
  public void leasesChanged() {
    jobs.values().stream()
        .filter(seated -> seated.job().lease().ended())
        .map(seated -> seated.job().id())
        .toList()
        .forEach(this::ended);
    engines().forEach(each -> each.engine().leasesChanged());
  }

  /** Jobs that have not begun are dropped and none begins any more; those that run are finished. */
  public void drain() {
    engines().forEach(each -> each.engine().drain());
  }

  /** Jobs that have begun and are not with the publisher yet. */
  public int running() {
    return engines().stream().mapToInt(each -> each.engine().running()).sum();
  }

  /** Steps that all engines have taken so far. */
  public long steps() {
    return report().cycles();
  }

  /** What all engines have done so far, summed. */
  public EngineReport report() {
    return engines().stream()
        .map(each -> each.engine().report())
        .reduce(EngineReport::plus)
        .orElseThrow();
  }

  /** What ended an engine, if one did not end by {@link #close}; the others go on. */
  public Optional<Throwable> failure() {
    return engines().stream().flatMap(each -> each.engine().failure().stream()).findFirst();
  }

  /** Stops every engine after the step at hand. Jobs that are not finished are dropped. */
  @Override
  public void close() {
    engines().forEach(each -> each.engine().close());
  }
}
