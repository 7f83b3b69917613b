package dev.anagama.worker.fleet;

import dev.anagama.worker.engine.Engine;
import dev.anagama.worker.publish.TakenJob;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The engines of a worker. A job goes to the engine that has the least to do, and stays there to
 * its end: its rows never leave their device.
 */
public final class EngineFleet implements AutoCloseable {
  private final List<DeviceEngine> engines;

  /**
   * Takes over running engines.
   *
   * @param engines at least one
   */
  public EngineFleet(List<DeviceEngine> engines) {
    if (engines.isEmpty()) {
      throw new IllegalArgumentException("engines is empty; allowed: at least one");
    }
    this.engines = List.copyOf(engines);
  }

  /** Every engine, in the order of the configuration. */
  public List<DeviceEngine> engines() {
    return engines;
  }

  /** Where its engines run, in the same order. */
  public List<DeviceEngine.Place> places() {
    return engines.stream().map(DeviceEngine::place).toList();
  }

  /**
   * Hands over a job if there is room for it to wait; to be called by one thread alone.
   *
   * @return whether an engine has it now
   * @see Engine#offer
   */
  public boolean offer(TakenJob job) {
    if (engines.size() == 1) {
      return engines.get(0).engine().offer(job);
    }
    // The first that has room; only this thread hands jobs over, so none of them fills up meanwhile.
    return engines.stream()
        .map(DeviceEngine::engine)
        .sorted(Comparator.comparingInt(Engine::unfinishedRows))
        .anyMatch(engine -> engine.offer(job));
  }

  /** A lease has ended; its jobs are dropped before the next step. */
  public void leasesChanged() {
    engines.forEach(each -> each.engine().leasesChanged());
  }

  /** Jobs that have not begun are dropped and none begins any more; those that run are finished. */
  public void drain() {
    engines.forEach(each -> each.engine().drain());
  }

  /** Jobs that have begun and are not with the publisher yet. */
  public int running() {
    return engines.stream().mapToInt(each -> each.engine().running()).sum();
  }

  /** What ended an engine, if one has not ended by {@link #close}; the others go on. */
  public Optional<Throwable> failure() {
    return engines.stream().flatMap(each -> each.engine().failure().stream()).findFirst();
  }

  /** Stops every engine after the step at hand. Jobs that are not finished are dropped. */
  @Override
  public void close() {
    engines.forEach(each -> each.engine().close());
  }
}
