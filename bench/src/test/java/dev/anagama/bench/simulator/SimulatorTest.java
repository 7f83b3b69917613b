package dev.anagama.bench.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.anagama.worker.schedule.ForwardProfile;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.xml.sax.InputSource;

class SimulatorTest {
  private static final MeasuredProfile PROFILE =
      new MeasuredProfile(
          "a <machine>",
          new ForwardProfile(
              1, List.of(new ForwardProfile.Point(1, 0.01), new ForwardProfile.Point(4, 0.02))));

  /** Short jobs, so that a page takes a second. */
  private static SimulationPlan plan(Goal goal, @Nullable Integer partitions) {
    return new SimulationPlan(
        PROFILE,
        new WorkerModel(4, 8, 0, partitions),
        new JobMix(List.of(new JobKind(2, 1, 3, 1), new JobKind(3, 2, 1, 1))),
        new Burstiness(2, 0.2, 0.6),
        goal,
        SimulationPlan.MIN_JOBS,
        7);
  }

  @Test
  void run_reachableGoal_advisesTheSmallestFleetThatReachesIt() throws Exception {
    Goal goal = new Goal(300, 0.2, 2);
    List<String> progress = new ArrayList<>();
    SimulationReport report = Simulator.run(plan(goal, null), progress::add);

    for (Advice advice : report.advice()) {
      SimulatedPoint advised = advice.advised();
      assertThat(advised).isNotNull();
      assertThat(advised.p95Seconds()).isLessThanOrEqualTo(0.2);
      assertThat(advice.fleets())
          .filteredOn(point -> point.workers() < advised.workers())
          .allMatch(point -> point.p95Seconds() > 0.2);
      assertThat(advised.costPerImage() * 3600 * 300 * 1.5).isEqualTo(advised.workers() * 2.0);
    }
    assertThat(report.recommendation()).startsWith("For 300 jobs/s with p95 at most 0.2");
    assertThat(progress).isNotEmpty();
    assertThat(report.curves()).hasSize(2 * Simulator.FLEETS.size() * Simulator.LOADS.size());
    assertThat(report.curves())
        .allMatch(p -> p.utilisation() > 0 && p.utilisation() <= 1 + 1e-9)
        .allMatch(p -> p.p50Seconds() <= p.p95Seconds() && p.p95Seconds() <= p.p99Seconds());

    JsonNode json = new ObjectMapper().readTree(report.toJson());
    assertThat(json.path("seed").asLong()).isEqualTo(7);
    assertThat(json.path("curves").path(0).path("p95_seconds").isNumber()).isTrue();
    assertThat(report.benchmark().results())
        .containsKeys(
            "simulator.workers_recommended",
            "simulator.workers_recommended_poisson",
            "simulator.p95_ratio_vs_whole_batch")
        .allSatisfy((key, value) -> assertThat(value).isFinite());

    String page = SimulationPage.html(report);
    assertThat(page).contains(report.recommendation(), "a &lt;machine&gt;", "Seed 7");
    assertThat(page).doesNotContain("NaN", "Infinity", "http");
    for (String svg : page.split("(?=<svg)")) {
      if (svg.startsWith("<svg")) {
        String element = svg.substring(0, svg.indexOf("</svg>") + 6);
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new InputSource(new StringReader(element)));
      }
    }
  }

  @Test
  void run_goalBelowAJobAlone_saysThatNoFleetReachesIt() {
    SimulationReport report = Simulator.run(plan(new Goal(10, 0.001, 1), 48), line -> {});

    assertThat(report.advice()).allMatch(advice -> advice.workers() == null);
    assertThat(report.recommendation()).startsWith("No number of workers gives 10 jobs/s");
    assertThat(report.benchmark().results()).doesNotContainKey("simulator.workers_recommended");
    assertThat(SimulationPage.html(report)).contains("No number of workers");
    // With 48 partitions most of 1,000 workers are idle and the rest can not keep up.
    assertThat(report.curve(1000, Traffic.POISSON)).isEmpty();
    assertThat(report.wholeFleet()).isEmpty();
  }
}
