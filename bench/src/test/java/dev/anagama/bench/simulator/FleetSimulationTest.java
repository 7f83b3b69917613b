package dev.anagama.bench.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.anagama.bench.simulator.FleetSimulation.Behaviour;
import dev.anagama.bench.simulator.FleetSimulation.Outcome;
import java.util.List;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Against what queueing theory says, and against itself. */
class FleetSimulationTest {
  private static final int STEPS = 5;
  private static final double STEP_SECONDS = 0.002;
  private static final double SOLO_SECONDS = STEPS * STEP_SECONDS;

  private static final JobMix ONE_KIND = new JobMix(List.of(new JobKind(STEPS, 1, 3, 1)));
  private static final JobMix TWO_KINDS =
      new JobMix(List.of(new JobKind(STEPS, 1, 3, 2), new JobKind(4 * STEPS, 2, 1, 1)));

  /** Room for one guided row, so one job after the other. */
  private static final Behaviour ONE_AT_A_TIME = behaviour(Policy.STEP_BOUNDARY, 2, 1);

  private static Behaviour behaviour(Policy policy, int rowLimit, int inHand) {
    CycleCost cost = CycleCost.of(rows -> STEP_SECONDS * (0.5 + rows / 4.0), rowLimit, 0);
    return new Behaviour(cost, () -> policy.worker(rowLimit), inHand);
  }

  private static Sample whole(int workers, int partitions) {
    return Sample.of(new Dealing(workers, partitions), Math.max(2, workers));
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.3, 0.5, 0.7})
  void run_oneJobAtATime_waitsAsAQueueWithFixedService(double load) {
    Outcome outcome =
        FleetSimulation.run(
            whole(1, 48),
            ONE_KIND,
            new Arrivals.Poisson(load / SOLO_SECONDS),
            ONE_AT_A_TIME,
            80_000,
            7);

    // Pollaczek and Khinchine: the mean wait of M/D/1.
    double wait = load * SOLO_SECONDS / (2 * (1 - load));
    assertThat(outcome.meanSeconds() - SOLO_SECONDS).isCloseTo(wait, Percentage.withPercentage(4));
    assertThat(outcome.utilisation()).isCloseTo(load, Percentage.withPercentage(1));
  }

  @ParameterizedTest
  @EnumSource
  void run_hardlyAnyJobs_takesAsLongAsAlone(Policy policy) {
    Behaviour behaviour = behaviour(policy, 8, 100);
    Outcome outcome =
        FleetSimulation.run(
            whole(4, 48), ONE_KIND, new Arrivals.Poisson(0.01), behaviour, 1_000, 7);

    assertThat(outcome.p50Seconds()).isEqualTo(SOLO_SECONDS);
    assertThat(outcome.p95Seconds()).isEqualTo(SOLO_SECONDS);
    assertThat(outcome.utilisation()).isLessThan(0.001);
  }

  @ParameterizedTest
  @EnumSource
  void run_anyPolicy_keepsLittlesLaw(Policy policy) {
    Behaviour behaviour = behaviour(policy, 8, 20);
    double rate = 0.7 * behaviour.cost().fullJobsPerSecond(TWO_KINDS) * 3;
    Outcome outcome =
        FleetSimulation.run(
            whole(3, 48), TWO_KINDS, new Arrivals.Poisson(rate), behaviour, 20_000, 7);

    assertThat(outcome.jobsInSystem())
        .isCloseTo(outcome.jobsPerSecond() * outcome.meanSeconds(), Percentage.withPercentage(1));
    assertThat(outcome.jobsPerSecond()).isCloseTo(rate, Percentage.withPercentage(3));
    assertThat(outcome.imagesPerSecond())
        .isCloseTo(rate * TWO_KINDS.meanImages(), Percentage.withPercentage(3));
  }

  @Test
  void run_sameSeed_isTheSameRun() {
    Behaviour behaviour = behaviour(Policy.STEP_BOUNDARY, 8, 20);
    Arrivals arrivals = new Arrivals.Bursty(200, Burstiness.DEFAULT);

    Outcome first = FleetSimulation.run(whole(3, 48), TWO_KINDS, arrivals, behaviour, 5_000, 7);
    Outcome again = FleetSimulation.run(whole(3, 48), TWO_KINDS, arrivals, behaviour, 5_000, 7);
    Outcome other = FleetSimulation.run(whole(3, 48), TWO_KINDS, arrivals, behaviour, 5_000, 8);

    assertThat(again).isEqualTo(first);
    assertThat(other).isNotEqualTo(first);
  }

  @Test
  void run_sampleOfAnUnevenFleet_standsForTheWhole() {
    // One of 47 workers has two of 48 partitions, and is one of the four that are simulated.
    Dealing dealing = new Dealing(47, 48);
    Behaviour behaviour = behaviour(Policy.STEP_BOUNDARY, 8, 20);
    double rate = 0.4 * behaviour.cost().fullJobsPerSecond(ONE_KIND) * 47;
    Arrivals arrivals = new Arrivals.Poisson(rate);

    Outcome whole =
        FleetSimulation.run(Sample.of(dealing, 47), ONE_KIND, arrivals, behaviour, 40_000, 7);
    Outcome sampled =
        FleetSimulation.run(Sample.of(dealing, 4), ONE_KIND, arrivals, behaviour, 40_000, 8);

    assertThat(sampled.p95Seconds()).isCloseTo(whole.p95Seconds(), Percentage.withPercentage(5));
    assertThat(sampled.meanSeconds()).isCloseTo(whole.meanSeconds(), Percentage.withPercentage(5));
    assertThat(sampled.utilisation()).isCloseTo(whole.utilisation(), within(0.02));
    assertThat(sampled.jobsPerSecond()).isCloseTo(rate, Percentage.withPercentage(3));
  }

  @Test
  void run_workersWithoutPartitions_doNothing() {
    Behaviour behaviour = behaviour(Policy.STEP_BOUNDARY, 8, 20);
    Arrivals arrivals = new Arrivals.Poisson(300);

    Outcome enough = FleetSimulation.run(whole(4, 4), ONE_KIND, arrivals, behaviour, 20_000, 7);
    Outcome twice = FleetSimulation.run(whole(8, 4), ONE_KIND, arrivals, behaviour, 20_000, 7);

    assertThat(twice.p95Seconds()).isEqualTo(enough.p95Seconds());
    assertThat(twice.utilisation()).isCloseTo(enough.utilisation() / 2, within(1e-9));
  }

  @Test
  void run_joiningBesideWholeBatches_waitsLess() {
    double rate = 0.7 * ONE_AT_A_TIME.cost().fullJobsPerSecond(TWO_KINDS);
    Arrivals arrivals = new Arrivals.Poisson(rate);

    Outcome joining =
        FleetSimulation.run(
            whole(1, 48), TWO_KINDS, arrivals, behaviour(Policy.STEP_BOUNDARY, 8, 20), 20_000, 7);
    Outcome batches =
        FleetSimulation.run(
            whole(1, 48), TWO_KINDS, arrivals, behaviour(Policy.WHOLE_BATCH, 8, 20), 20_000, 7);

    assertThat(joining.meanSeconds()).isLessThan(batches.meanSeconds());
  }
}
