package dev.anagama.bench.simulator;

import java.util.Locale;

/** Says in a line what to do. */
final class Recommendation {
  private Recommendation() {}

  static String line(SimulationReport report) {
    Goal goal = report.plan().goal();
    String asked =
        text("%s jobs/s with p95 at most %s s", number(goal.jobsPerSecond()), seconds(goal));
    if (report.soloP95Seconds() > goal.p95Seconds()) {
      return text(
          "No number of workers gives %s: alone on a worker, p95 of this mix is %.2f s.",
          asked, report.soloP95Seconds());
    }
    SimulatedPoint bursty = report.advice(Traffic.BURSTY).advised();
    SimulatedPoint poisson = report.advice(Traffic.POISSON).advised();
    if (poisson == null) {
      return text("No fleet of up to %d workers gives %s.", WorkerSearch.MAX_WORKERS, asked);
    }
    String steady =
        text("%s if they come independently (p95 %.2f s)", workers(poisson), poisson.p95Seconds());
    if (bursty == null) {
      return text("For %s run %s; with bursts no fleet that was tried is enough.", asked, steady);
    }
    return text(
        "For %s run %s if jobs come in bursts (p95 %.2f s), or %s.%s",
        asked, workers(bursty), bursty.p95Seconds(), steady, partitions(bursty));
  }

  private static String partitions(SimulatedPoint point) {
    return point.workers() <= WorkerModel.DEFAULT_PARTITIONS
        ? ""
        : text(" The jobs topic needs at least %d partitions for that.", point.workers());
  }

  private static String workers(SimulatedPoint point) {
    return point.workers() == 1 ? "1 worker" : point.workers() + " workers";
  }

  private static String seconds(Goal goal) {
    return number(goal.p95Seconds());
  }

  /** Without zeros that say nothing. */
  static String number(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e9
        ? Long.toString((long) value)
        : text("%.4g", value);
  }

  private static String text(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
