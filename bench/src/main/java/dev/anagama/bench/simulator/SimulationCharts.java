package dev.anagama.bench.simulator;

import dev.anagama.bench.simulator.Chart.Curve;
import dev.anagama.bench.simulator.Chart.Spot;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;

/** The charts of a report. */
final class SimulationCharts {
  private static final double PERCENT = 100;

  /** Marks on an axis of workers are whole numbers if it is at least so long. */
  private static final int FEWEST_FLEETS = 7;

  private final SimulationReport report;

  SimulationCharts(SimulationReport report) {
    this.report = report;
  }

  /** What fleets reach at the goal's rate. */
  Chart fleets() {
    List<Curve> curves = new ArrayList<>();
    double least = WorkerSearch.MAX_WORKERS;
    double most = 1;
    for (Advice advice : report.advice()) {
      curves.add(
          curve(
              advice.traffic().word(),
              advice.fleets(),
              SimulatedPoint::workers,
              SimulatedPoint::p95Seconds));
      for (SimulatedPoint point : advice.fleets()) {
        least = Math.min(least, point.workers());
        most = Math.max(most, point.workers());
      }
    }
    Goal goal = report.plan().goal();
    return new Chart(
        "p95 latency at %s jobs/s by workers (dashed: the goal)"
            .formatted(Recommendation.number(goal.jobsPerSecond())),
        Axis.between("workers", Math.min(least, most), Math.max(most, least + FEWEST_FLEETS)),
        seconds(curves, goal.p95Seconds()),
        curves,
        OptionalDouble.of(goal.p95Seconds()));
  }

  /** Three percentiles over load, for one fleet. */
  Chart percentiles(int workers, Traffic traffic) {
    List<SimulatedPoint> points = report.curve(workers, traffic);
    List<Curve> curves =
        List.of(
            curve("p99", points, this::load, SimulatedPoint::p99Seconds),
            curve("p95", points, this::load, SimulatedPoint::p95Seconds),
            curve("p50", points, this::load, SimulatedPoint::p50Seconds));
    return overLoad(
        "Latency, %s, %d workers".formatted(traffic.word(), workers), "seconds", curves);
  }

  /** A latency over load, for each fleet. */
  Chart latencies(String name, Traffic traffic, ToDoubleFunction<SimulatedPoint> seconds) {
    return overLoad(
        "%s by workers, %s".formatted(name, traffic.word()), "seconds", byFleet(traffic, seconds));
  }

  /** Utilisation over load, for each fleet. */
  Chart utilisation(Traffic traffic) {
    return new Chart(
        "Utilisation by workers, %s".formatted(traffic.word()),
        loadAxis(),
        new Axis("time that devices compute (%)", 0, PERCENT, false),
        byFleet(traffic, point -> PERCENT * point.utilisation()),
        OptionalDouble.empty());
  }

  /** Cost of an image over load, for each fleet. */
  Chart cost() {
    List<Curve> curves = byFleet(Traffic.POISSON, point -> 1000 * point.costPerImage());
    boolean free = report.plan().goal().pricePerHour() == 0;
    return new Chart(
        "Cost of 1,000 images by workers",
        loadAxis(),
        free ? Axis.linear("cost", 1) : logarithmic("units of the price per hour", curves, 0),
        curves,
        OptionalDouble.empty());
  }

  /** Joining at step boundaries beside whole batches. */
  Chart policies(Traffic traffic) {
    List<Curve> curves =
        List.of(
            curve(
                "whole batches",
                report.wholeBatches(traffic),
                this::load,
                SimulatedPoint::p95Seconds),
            curve(
                "joining at the next step",
                report.curve(Simulator.COMPARED_FLEET, traffic),
                this::load,
                SimulatedPoint::p95Seconds));
    return overLoad(
        "p95 latency by policy, %s, %d workers".formatted(traffic.word(), Simulator.COMPARED_FLEET),
        "seconds",
        curves);
  }

  private List<Curve> byFleet(Traffic traffic, ToDoubleFunction<SimulatedPoint> value) {
    List<Curve> curves = new ArrayList<>();
    for (int workers : Simulator.FLEETS) {
      String name = curves.isEmpty() ? workers + " worker" : Integer.toString(workers);
      curves.add(curve(name, report.curve(workers, traffic), this::load, value));
    }
    return curves;
  }

  private Chart overLoad(String title, String unit, List<Curve> curves) {
    return new Chart(
        title, loadAxis(), logarithmic(unit, curves, 0), curves, OptionalDouble.empty());
  }

  private double load(SimulatedPoint point) {
    return PERCENT * point.load();
  }

  private static Axis loadAxis() {
    return new Axis("load (% of what full batches could do)", 0, PERCENT, false);
  }

  private static Axis seconds(List<Curve> curves, double among) {
    return logarithmic("seconds", curves, among);
  }

  /** Around all values, and one more if that is above 0. */
  private static Axis logarithmic(String title, List<Curve> curves, double among) {
    double smallest = among > 0 ? among : Double.MAX_VALUE;
    double largest = among;
    for (Curve curve : curves) {
      for (Spot spot : curve.spots()) {
        smallest = Math.min(smallest, spot.y());
        largest = Math.max(largest, spot.y());
      }
    }
    return largest > 0 ? Axis.logarithmic(title, smallest, largest) : Axis.linear(title, 1);
  }

  private static Curve curve(
      String name,
      List<SimulatedPoint> points,
      ToDoubleFunction<SimulatedPoint> x,
      ToDoubleFunction<SimulatedPoint> y) {
    return new Curve(
        name, points.stream().map(p -> new Spot(x.applyAsDouble(p), y.applyAsDouble(p))).toList());
  }
}
