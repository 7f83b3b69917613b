package dev.anagama.bench.simulator;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A report as one page that needs no other file. */
public final class SimulationPage {
  private static final String STYLE = "page.css";

  private final SimulationReport report;
  private final SimulationCharts charts;
  private final StringBuilder html = new StringBuilder(262_144);

  private SimulationPage(SimulationReport report) {
    this.report = report;
    this.charts = new SimulationCharts(report);
  }

  /** The page's text, UTF-8 when it is written. */
  public static String html(SimulationReport report) {
    return new SimulationPage(report).page();
  }

  private String page() {
    html.append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    html.append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    add("<title>Anagama: how many workers</title>\n<style>\n%s</style>\n", style());
    html.append("</head>\n<body>\n<h1>How many workers?</h1>\n");
    add("<p class=\"answer\">%s</p>\n", Html.escape(report.recommendation()));
    goal();
    load();
    policies();
    cost();
    model();
    return html.append("</body>\n</html>\n").toString();
  }

  private void goal() {
    html.append("<div class=\"charts\">\n").append(charts.fleets().svg()).append("</div>\n");
    html.append("<div class=\"tables\">\n");
    for (Advice advice : report.advice()) {
      table(advice);
    }
    html.append("</div>\n");
  }

  private void table(Advice advice) {
    add("<table>\n<caption>%s arrivals</caption>\n", advice.traffic().word());
    html.append("<tr><th>workers</th><th>load</th><th>busy</th><th>p50 (s)</th><th>p95 (s)</th>");
    html.append("<th>p99 (s)</th><th>cost / 1,000 images</th></tr>\n");
    for (SimulatedPoint point : advice.fleets()) {
      boolean advised = advice.workers() != null && advice.workers() == point.workers();
      add(
          "<tr%s><td>%d</td><td>%.0f %%</td><td>%.0f %%</td><td>%.2f</td><td>%.2f</td>"
              + "<td>%.2f</td><td>%.3g</td></tr>\n",
          advised ? " class=\"advised\"" : "",
          point.workers(),
          100 * point.load(),
          100 * point.utilisation(),
          point.p50Seconds(),
          point.p95Seconds(),
          point.p99Seconds(),
          1000 * point.costPerImage());
    }
    html.append("</table>\n");
  }

  private void load() {
    html.append("<h2>Latency and utilisation over load</h2>\n");
    add(
        "<p>A load of 100 %% is %.3g jobs a second for each worker: all its steps full, at %d rows."
            + " Below that a device is busy for a larger share of the time than the load, because"
            + " small batches use it less well. Fleets of different sizes lie on one another"
            + " where each worker has equally many partitions: a job's key picks its worker,"
            + " so a large fleet waits as a small one does at the same load.%s Where bursts bring"
            + " more than the fleet can do, waits are as long as bursts and longer, and luck"
            + " decides: there the lines differ as runs do.</p>\n",
        report.fullJobsPerSecond(), report.plan().worker().rowLimit(), Html.escape(check()));
    html.append("<div class=\"charts\">\n");
    for (Traffic traffic : Traffic.values()) {
      html.append(charts.percentiles(Simulator.COMPARED_FLEET, traffic).svg());
    }
    for (Traffic traffic : Traffic.values()) {
      html.append(charts.latencies("p50", traffic, SimulatedPoint::p50Seconds).svg());
    }
    for (Traffic traffic : Traffic.values()) {
      html.append(charts.latencies("p95", traffic, SimulatedPoint::p95Seconds).svg());
    }
    for (Traffic traffic : Traffic.values()) {
      html.append(charts.latencies("p99", traffic, SimulatedPoint::p99Seconds).svg());
    }
    for (Traffic traffic : Traffic.values()) {
      html.append(charts.utilisation(traffic).svg());
    }
    html.append("</div>\n");
  }

  /** Every worker of the largest fleet simulated, beside the sample that stands for it. */
  private String check() {
    if (report.wholeFleet().isEmpty()) {
      return "";
    }
    SimulatedPoint whole = report.wholeFleet().get();
    SimulatedPoint sampled =
        SimulationReport.at(report.curve(whole.workers(), whole.traffic()), whole.load());
    if (sampled == null) {
      return "";
    }
    return text(
        " Of each fleet up to %d workers are simulated one by one (%d with bursts), and each fleet"
            + " has draws of its own; with every one of %d workers simulated, at a load of %.0f %%,"
            + " p95 is %.2f s, and by the sample %.2f s.",
        PointRunner.SAMPLED_WORKERS,
        PointRunner.SAMPLED_IN_BURSTS,
        whole.workers(),
        100 * whole.load(),
        whole.p95Seconds(),
        sampled.p95Seconds());
  }

  private void policies() {
    html.append("<h2>Joining at the next step, against whole batches</h2>\n");
    add(
        "<p>The baseline batches the oldest job with all waiting jobs of equal steps, up to the"
            + " row limit, and runs the batch to its end.%s%s</p>\n<div class=\"charts\">\n",
        ratio(Traffic.POISSON), ratio(Traffic.BURSTY));
    for (Traffic traffic : Traffic.values()) {
      html.append(charts.policies(traffic).svg());
    }
    html.append("</div>\n");
  }

  private String ratio(Traffic traffic) {
    @Nullable Double ratio = report.p95Ratio(traffic, Simulator.COMPARED_LOAD);
    return ratio == null
        ? ""
        : text(
            " At a load of %.0f %% with %s arrivals joining has %.2f times its p95.",
            100 * Simulator.COMPARED_LOAD, traffic.word(), ratio);
  }

  private void cost() {
    html.append("<h2>Cost</h2>\n");
    add(
        "<p>At %s for a worker's hour, busy or not. An image costs half as much at twice the"
            + " load, whatever the arrivals.</p>\n<div class=\"charts\">\n%s</div>\n",
        Recommendation.number(report.plan().goal().pricePerHour()), charts.cost().svg());
  }

  private void model() {
    SimulationPlan plan = report.plan();
    WorkerModel worker = plan.worker();
    html.append("<h2>What was simulated</h2>\n<ul>\n");
    add("<li>Forward passes as measured on: %s.</li>\n", Html.escape(plan.measured().machine()));
    add("<li>Jobs: %s.</li>\n", Html.escape(mix(plan.mix().kinds())));
    add(
        "<li>Workers: the engine's own choice of rows, row limit %d, %d jobs in hand at most, %s"
            + " microseconds a cycle beside the pass.</li>\n",
        worker.rowLimit(),
        worker.inHandLimit(),
        Recommendation.number(Math.rint(1e6 * worker.overheadSeconds())));
    add("<li>Partitions: %s.</li>\n", partitions(worker.partitions()));
    add(
        "<li>Bursty arrivals: %s times the mean rate for %s s in the mean, then a lower rate for"
            + " %s s in the mean, both exponentially distributed; the same mean rate as"
            + " Poisson.</li>\n",
        Recommendation.number(plan.bursts().factor()),
        Recommendation.number(plan.bursts().meanOnSeconds()),
        Recommendation.number(plan.bursts().meanOffSeconds()));
    html.append("<li>Latency is from a job's arrival in Kafka to the end of its last step. Not");
    html.append(" simulated: network, Kafka's own delays, storage, rebalances, failures,");
    html.append(" deadlines and priorities.</li>\n</ul>\n");
    add(
        "<footer>Seed %d, at least %d jobs counted at each point. All numbers are in"
            + " <code>simulation.json</code> beside this page.</footer>\n",
        plan.seed(), plan.jobsPerPoint());
  }

  private static String partitions(@Nullable Integer asked) {
    String uneven =
        "; where workers do not divide them, some hold one more than others and set the tail";
    return asked == null
        ? text(
            "as many as workers, but at least %1$d%2$s. The topic has %1$d unless it was made with"
                + " more, and workers beyond its partitions do nothing",
            WorkerModel.DEFAULT_PARTITIONS, uneven)
        : text("%d; workers beyond that do nothing%s", asked, uneven);
  }

  private static String mix(List<JobKind> kinds) {
    double total = kinds.stream().mapToDouble(JobKind::share).sum();
    return kinds.stream()
        .map(
            kind ->
                text(
                    "%.0f %% with %d steps, %d image%s, guidance scale %s",
                    100 * kind.share() / total,
                    kind.steps(),
                    kind.images(),
                    kind.images() == 1 ? "" : "s",
                    Recommendation.number(kind.guidanceScale())))
        .collect(Collectors.joining("; "));
  }

  private static String style() {
    try (InputStream css =
        Objects.requireNonNull(SimulationPage.class.getResourceAsStream(STYLE), STYLE)) {
      return new String(css.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the page's style", e);
    }
  }

  private void add(String format, @Nullable Object... values) {
    html.append(String.format(Locale.ROOT, format, values));
  }

  private static String text(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
