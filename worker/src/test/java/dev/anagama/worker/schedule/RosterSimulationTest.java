package dev.anagama.worker.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * Random traces of jobs, cycle by cycle, with every choice held against {@link ChoiceOracle}. A
 * failure names its seed; {@code trace(seed)} runs that one again.
 */
class RosterSimulationTest {
  private static final int TRACES = 2000;
  private static final int MOST_CYCLES = 20_000;

  @Test
  void randomTraces_keepEveryRule() {
    int halved = 0;
    int turns = 0;
    int expired = 0;
    int cancelled = 0;
    int rested = 0;
    for (long seed = 0; seed < TRACES; seed++) {
      try {
        Trace trace = new Trace(seed);
        trace.run();
        halved += trace.halved;
        turns += trace.turns;
        rested += trace.rested;
        expired += trace.ended("expired");
        cancelled += trace.ended("cancelled");
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
      }
    }
    // The traces are of no worth where these do not happen.
    assertThat(List.of(halved, turns, expired, cancelled, rested))
        .allMatch(count -> count > TRACES);
  }

  /** One trace: what comes when, and the truth so far. */
  private static final class Trace {
    private final SplittableRandom random;
    private final List<Lane> lanes = new ArrayList<>();
    private final List<TraceJob> jobs = new ArrayList<>();
    private final Roster<TraceJob> roster = new Roster<>();
    private final ChoiceOracle oracle = new ChoiceOracle();
    private final long cycleNanos;
    int halved;
    int turns;
    int rested;

    Trace(long seed) {
      random = new SplittableRandom(seed);
      cycleNanos = TimeUnit.SECONDS.toNanos(1 + random.nextInt(6));
      int laneCount = 1 + random.nextInt(3);
      for (int i = 0; i < laneCount; i++) {
        lanes.add(new Lane("lane " + i, 2 + random.nextInt(15)));
      }
      int jobCount = 1 + random.nextInt(25);
      int arrival = 0;
      for (int i = 0; i < jobCount; i++) {
        arrival += random.nextInt(6);
        Lane lane = lanes.get(random.nextInt(laneCount));
        jobs.add(TraceJob.random(random, i, arrival, lane, cycleNanos));
      }
    }

    int ended(String how) {
      return (int) jobs.stream().filter(job -> how.equals(job.end)).count();
    }

    void run() {
      int cycle = 0;
      while (jobs.stream().anyMatch(job -> job.end == null)) {
        assertThat(cycle).as("cycles until every job has ended").isLessThan(MOST_CYCLES);
        news(cycle);
        boolean newJobs = random.nextInt(10) > 0;
        long nowNanos = cycle * cycleNanos;
        Optional<Choice<TraceJob>> choice = roster.choose(nowNanos, newJobs);
        oracle.check(choice, jobs, nowNanos, newJobs);
        assertThat(roster.choose(nowNanos, newJobs)).as("asked again").isEqualTo(choice);
        if (choice.isPresent() && random.nextInt(20) == 0 && choice.get().lane().halveLimit()) {
          halved++;
          choice = roster.choose(nowNanos, newJobs);
          oracle.check(choice, jobs, nowNanos, newJobs);
        }
        int cycleNow = cycle;
        choice.ifPresent(rows -> step(rows, cycleNow));
        cycle++;
      }
      assertThat(roster.size()).isZero();
      assertThat(roster.choose(cycle * cycleNanos, true)).isEmpty();
    }

    /** Jobs come, are planned, moved, cancelled, or pass their deadlines. */
    private void news(int cycle) {
      for (TraceJob job : jobs) {
        if (!job.arrived && job.arrivesAt <= cycle) {
          job.arrived = true;
          job.arrivedNanos = cycle * cycleNanos;
          roster.arrive(job, job.urgency, job.arrivedNanos);
        }
        if (job.alive() && !job.planned && job.plannedAt <= cycle) {
          job.planned = true;
          roster.plan(job, job.demand());
        }
        if (job.alive() && job.planned && !job.begun() && random.nextInt(12) == 0) {
          job.lane = lanes.get(random.nextInt(lanes.size()));
          roster.plan(job, null);
          roster.plan(job, job.demand());
        }
        if (job.alive() && job.cancelledAt <= cycle) {
          job.end("cancelled", cycle);
          assertThat(roster.remove(job)).isTrue();
          assertThat(roster.remove(job)).isFalse();
        }
      }
      List<TraceJob> late =
          jobs.stream().filter(job -> job.alive() && job.deadline() <= cycle * cycleNanos).toList();
      assertThat(roster.expire(cycle * cycleNanos)).isEqualTo(late);
      late.forEach(job -> job.end("expired", cycle));
      assertThat(roster.size()).isEqualTo(jobs.stream().filter(TraceJob::alive).count());
    }

    private void step(Choice<TraceJob> choice, int cycle) {
      turns += choice.turn() ? 1 : 0;
      long heldBefore = held(choice.lane());
      List<ChosenRow<TraceJob>> doneRows = new ArrayList<>();
      List<TraceJob> doneJobs = new ArrayList<>();
      int resting = (int) heldBefore;
      for (ChosenRow<TraceJob> row : choice.rows()) {
        TraceJob job = row.job();
        resting -= job.holds(row.image()) ? 1 : 0;
        job.stepsTaken[row.image()]++;
        if (job.stepsTaken[row.image()] == job.costs.length) {
          doneRows.add(row);
        }
        if (job.allDone()) {
          doneJobs.add(job);
        }
      }
      rested += resting > 0 ? 1 : 0;
      Stepped<TraceJob> stepped = roster.stepped(choice);

      assertThat(stepped.rows()).isEqualTo(doneRows);
      assertThat(stepped.jobs()).isEqualTo(doneJobs);
      doneJobs.forEach(job -> job.end("finished", cycle));
      assertThat(held(choice.lane()))
          .isLessThanOrEqualTo(
              Math.max(heldBefore, (long) Roster.PLACES_PER_ROW * choice.lane().rowLimit()));
      oracle.stepped(choice);
    }

    private long held(Lane lane) {
      long held = 0;
      for (TraceJob job : jobs) {
        for (int image = 0; image < job.stepsTaken.length; image++) {
          held += job.alive() && job.lane == lane && job.holds(image) ? 1 : 0;
        }
      }
      return held;
    }
  }

  /**
   * Jobs of every kind that nobody hurries, against a stream of urgent ones that alone is more than
   * the device can do. Each ends within its turns: those of the jobs before it, and of rows that
   * held the places.
   */
  @Test
  void streamOfMoreUrgentJobs_starvesNobody() {
    for (long seed = 0; seed < 60; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      long cycleNanos = TimeUnit.SECONDS.toNanos(3);
      Lane lane = new Lane("one", 2 + random.nextInt(8));
      Lane other = new Lane("other", 4);
      List<TraceJob> patient = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        Urgency urgency = new Urgency(1 + random.nextInt(2), OptionalLong.empty());
        patient.add(TraceJob.plain(i, urgency, i, i == 3 ? other : lane, 6, 1 + i % 3));
      }
      int cycles = run(patient, lane, random, cycleNanos);

      int turnsOfAll = patient.stream().mapToInt(job -> 6 * job.stepsTaken.length).sum();
      int turnsOfHolders = 6 * 2 * lane.rowLimit();
      int patience = (int) (Roster.PATIENCE_NANOS / cycleNanos);
      assertThat(cycles)
          .as("seed %d: cycles until the patient jobs have ended", seed)
          .isLessThanOrEqualTo(
              patience + 6 + Roster.TURN_EVERY * (turnsOfAll + turnsOfHolders + 6));
    }
  }

  /** Cycles until the patient jobs have ended; urgent ones come in every cycle. */
  private static int run(
      List<TraceJob> patient, Lane lane, SplittableRandom random, long cycleNanos) {
    Roster<TraceJob> roster = new Roster<>();
    int number = patient.size();
    int left = patient.size();
    for (int cycle = 0; ; cycle++) {
      long nowNanos = cycle * cycleNanos;
      if (cycle > 10_000) {
        throw new AssertionError(left + " jobs still wait");
      }
      for (TraceJob job : patient) {
        if (job.arrivesAt == cycle) {
          roster.arrive(job, job.urgency, nowNanos);
          roster.plan(job, job.demand());
        }
      }
      for (int i = 0; i < 2 && cycle >= patient.size(); i++) {
        // Nearer and nearer deadlines make each new one the most urgent.
        long deadline = nowNanos + cycleNanos * (2 + random.nextInt(20));
        Urgency urgency =
            new Urgency(0, random.nextBoolean() ? OptionalLong.of(deadline) : OptionalLong.empty());
        TraceJob urgent = TraceJob.plain(number++, urgency, cycle, lane, 4, lane.rowLimit());
        roster.arrive(urgent, urgent.urgency, nowNanos);
        roster.plan(urgent, urgent.demand());
      }
      roster.expire(nowNanos);
      Choice<TraceJob> choice = roster.choose(nowNanos, true).orElseThrow();
      for (TraceJob done : roster.stepped(choice).jobs()) {
        left -= done.number < patient.size() ? 1 : 0;
      }
      if (left == 0) {
        return cycle;
      }
    }
  }
}
