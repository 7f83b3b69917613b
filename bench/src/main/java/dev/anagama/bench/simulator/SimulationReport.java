package dev.anagama.bench.simulator;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.anagama.bench.BenchmarkReport;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a plan gave.
 *
 * @param fullJobsPerSecond of a worker whose cycles are all full: what a load of 1 means
 * @param soloP95Seconds what 95 of 100 jobs take at most, each alone on a worker
 * @param advice one for each kind of traffic
 * @param curves over load, for each fleet and kind of traffic; saturated points are left out
 * @param wholeBatches the same for one fleet that makes whole batches
 * @param wholeFleet the largest fleet with every worker simulated, where it is not saturated
 */
public record SimulationReport(
    SimulationPlan plan,
    double fullJobsPerSecond,
    double soloP95Seconds,
    List<Advice> advice,
    List<SimulatedPoint> curves,
    List<SimulatedPoint> wholeBatches,
    Optional<SimulatedPoint> wholeFleet) {
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .build();

  /** Keeps its own lists. */
  public SimulationReport {
    advice = List.copyOf(advice);
    curves = List.copyOf(curves);
    wholeBatches = List.copyOf(wholeBatches);
  }

  /** The advice for one kind of traffic. */
  public Advice advice(Traffic traffic) {
    return advice.stream().filter(a -> a.traffic() == traffic).findFirst().orElseThrow();
  }

  /** The curve of a fleet, by load. */
  List<SimulatedPoint> curve(int workers, Traffic traffic) {
    return curves.stream().filter(p -> p.workers() == workers && p.traffic() == traffic).toList();
  }

  /** The curve of the fleet that makes whole batches, by load. */
  List<SimulatedPoint> wholeBatches(Traffic traffic) {
    return wholeBatches.stream().filter(p -> p.traffic() == traffic).toList();
  }

  /** 95th percentile of joining over that of whole batches, where both are there at that load. */
  @Nullable Double p95Ratio(Traffic traffic, double load) {
    SimulatedPoint joining = at(curve(Simulator.COMPARED_FLEET, traffic), load);
    SimulatedPoint whole = at(wholeBatches(traffic), load);
    return joining == null || whole == null ? null : joining.p95Seconds() / whole.p95Seconds();
  }

  /** The point of a curve at a load. */
  static @Nullable SimulatedPoint at(List<SimulatedPoint> curve, double load) {
    for (SimulatedPoint point : curve) {
      if (Math.abs(point.load() - load) < 1e-6) {
        return point;
      }
    }
    return null;
  }

  /** A line that says what to do. */
  public String recommendation() {
    return Recommendation.line(this);
  }

  /** The benchmark's form: what to run, and how joining compares. */
  public BenchmarkReport benchmark() {
    Map<String, Double> results = new LinkedHashMap<>();
    for (Advice each : advice) {
      SimulatedPoint advised = each.advised();
      if (advised != null) {
        String suffix = each.traffic() == Traffic.BURSTY ? "" : "_" + each.traffic().label();
        results.put("simulator.workers_recommended" + suffix, (double) advised.workers());
        results.put("simulator.p95_seconds_recommended" + suffix, advised.p95Seconds());
        results.put("simulator.utilisation_recommended" + suffix, advised.utilisation());
        results.put("simulator.cost_per_image_recommended" + suffix, advised.costPerImage());
      }
    }
    results.put("simulator.jobs_per_second_per_worker", fullJobsPerSecond);
    results.put("simulator.p95_solo_seconds", soloP95Seconds);
    for (Traffic traffic : Traffic.values()) {
      String suffix = traffic == Traffic.POISSON ? "" : "_" + traffic.label();
      Double ratio = p95Ratio(traffic, Simulator.COMPARED_LOAD);
      if (ratio != null) {
        results.put("simulator.p95_ratio_vs_whole_batch" + suffix, ratio);
      }
      SimulatedPoint point = at(curve(Simulator.COMPARED_FLEET, traffic), Simulator.COMPARED_LOAD);
      if (point != null) {
        results.put("simulator.p95_over_solo" + suffix, point.p95Seconds() / soloP95Seconds);
      }
    }
    Map<String, String> machine = new LinkedHashMap<>();
    machine.put("simulated", plan.measured().machine());
    machine.put("java", System.getProperty("java.version", "unknown"));
    return new BenchmarkReport("simulator", machine, results);
  }

  /** Everything, for programs. */
  public String toJson() {
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    all.put("seed", plan.seed());
    all.put("profile", plan.measured());
    all.put("worker", plan.worker());
    all.put("mix", plan.mix().kinds());
    all.put("bursts", plan.bursts());
    all.put("goal", plan.goal());
    all.put("jobs_per_point", plan.jobsPerPoint());
    all.put("full_jobs_per_second_per_worker", fullJobsPerSecond);
    all.put("solo_p95_seconds", soloP95Seconds);
    all.put("recommendation", recommendation());
    all.put("advice", advice);
    all.put("curves", curves);
    all.put("whole_batches", wholeBatches);
    all.put("whole_fleet", wholeFleet.orElse(null));
    try {
      return JSON.writeValueAsString(all);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("records of strings and numbers are always JSON", e);
    }
  }
}
