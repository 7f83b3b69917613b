package dev.anagama.bench.engine;

import dev.anagama.bench.BenchJob;
import dev.anagama.v1.Sampler;
import dev.anagama.v1.Schedule;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Plays a trace of arrivals and tells how long each job took until its image was stored. */
final class OpenLoop {
  private static final double NANOS = 1e9;
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long STALL_NANOS = TimeUnit.MINUTES.toNanos(5);

  /** So that every job is guided, whatever its model's default is. */
  private static final double LEAST_GUIDANCE_SCALE = 1.5;

  private final ModelUnderTest model;
  private final LocalEngine engine;
  private int traces;

  OpenLoop(ModelUnderTest model, LocalEngine engine) {
    this.model = model;
    this.engine = engine;
  }

  /**
   * One job's way from arrival to image.
   *
   * @param steps of the job
   * @param seconds from arrival to image
   */
  record Latency(int steps, double seconds) {}

  /** Takes one job; false if there is no room for it to wait. */
  @FunctionalInterface
  interface Server {
    boolean offer(String id, BenchJob job);
  }

  /**
   * Plays a trace and waits until every job has ended.
   *
   * @param server what the jobs are given to; their ends come to the engine's publisher
   */
  List<Latency> play(ArrivalTrace trace, Server server) {
    final String prefix = "trace-" + traces++ + "-";
    List<ArrivalTrace.Arrival> arrivals = trace.arrivals();
    Map<String, ArrivalTrace.Arrival> open = new HashMap<>();
    ArrayDeque<Integer> backlog = new ArrayDeque<>();
    List<Latency> latencies = new ArrayList<>();
    long startNanos = System.nanoTime();
    int next = 0;
    long endedAtNanos = startNanos;
    while (latencies.size() < arrivals.size()) {
      double now = (System.nanoTime() - startNanos) / NANOS;
      while (next < arrivals.size() && arrivals.get(next).seconds() <= now) {
        backlog.add(next++);
      }
      while (!backlog.isEmpty()) {
        ArrivalTrace.Arrival arrival = arrivals.get(backlog.element());
        String id = prefix + backlog.element();
        if (!server.offer(id, job(arrival))) {
          break;
        }
        open.put(id, arrival);
        backlog.remove();
      }
      int before = latencies.size();
      engine.takeEnds(
          event -> {
            ArrivalTrace.Arrival arrival = open.remove(event.getJobId());
            if (arrival != null) {
              double at = (System.nanoTime() - startNanos) / NANOS;
              latencies.add(new Latency(arrival.steps(), at - arrival.seconds()));
            }
          });
      if (latencies.size() > before || open.isEmpty()) {
        endedAtNanos = System.nanoTime();
      } else if (System.nanoTime() - endedAtNanos > STALL_NANOS) {
        throw new IllegalStateException("no job has ended for 5 minutes");
      }
      LockSupport.parkNanos(LOOK_NANOS);
    }
    return latencies;
  }

  BenchJob job(ArrivalTrace.Arrival arrival) {
    int classes = model.manifest().classNames().size();
    return new BenchJob(
        model.manifest().model(),
        (int) (arrival.seed() % classes),
        1,
        arrival.seed(),
        arrival.steps(),
        Math.max(LEAST_GUIDANCE_SCALE, model.manifest().defaults().guidanceScale()),
        Optional.empty(),
        Sampler.SAMPLER_DDIM,
        Schedule.SCHEDULE_COSINE);
  }
}
