package dev.anagama.worker.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Says of a choice whether it is right, from the truth about the jobs and the rules in words. */
final class ChoiceOracle {
  private int stepsSinceTurn;

  /** One row that could step, as the rules rank it. */
  private record Ranked(TraceJob job, int image, boolean first) {
    int cost() {
      return job.costs[job.stepsTaken[image]];
    }

    boolean fresh() {
      return job.stepsTaken[image] == 0;
    }
  }

  /** Checks one choice; it has not been stepped yet. */
  void check(
      Optional<Choice<TraceJob>> answer, List<TraceJob> jobs, long nowNanos, boolean newJobs) {
    List<TraceJob> able =
        jobs.stream()
            .filter(job -> job.alive() && job.planned && (newJobs || job.begun()))
            .toList();
    assertThat(answer.isPresent()).as("a row can step").isEqualTo(!able.isEmpty());
    if (answer.isEmpty()) {
      return;
    }
    Choice<TraceJob> choice = answer.get();
    Set<List<Object>> seen = new HashSet<>();
    for (ChosenRow<TraceJob> row : choice.rows()) {
      TraceJob job = row.job();
      assertThat(job.alive()).as("%s takes a step and is there", job).isTrue();
      assertThat(job.lane).as("lane of %s", job).isSameAs(choice.lane());
      assertThat(seen.add(List.of(job, row.image()))).as("once in a step: %s", row).isTrue();
      assertThat(row.step()).as("%s", row).isEqualTo(job.stepsTaken[row.image()]);
      assertThat(row.networkRows()).as("%s", row).isEqualTo(job.costs[row.step()]);
    }
    assertThat(choice.rows()).isNotEmpty();
    assertThat(choice.networkRows()).isBetween(1, choice.lane().rowLimit());
    boolean overdue = able.stream().anyMatch(job -> job.overdue(nowNanos));
    assertThat(choice.turn())
        .as("turn after %d steps", stepsSinceTurn)
        .isEqualTo(overdue && stepsSinceTurn >= Roster.TURN_EVERY - 1);
    checkLane(choice, able, nowNanos);
    checkRows(choice, seen, able, nowNanos);
  }

  void stepped(Choice<TraceJob> choice) {
    stepsSinceTurn = choice.turn() ? 0 : stepsSinceTurn + 1;
  }

  /** The longest waiting in a turn, otherwise the most urgent, is of the lane that steps. */
  private void checkLane(Choice<TraceJob> choice, List<TraceJob> able, long nowNanos) {
    if (choice.turn()) {
      TraceJob longest = able.stream().filter(job -> job.overdue(nowNanos)).findFirst().get();
      assertThat(choice.lane()).as("%s waits longest", longest).isSameAs(longest.lane);
      return;
    }
    TraceJob most = able.stream().min(byClass()).get();
    assertThat(
            able.stream()
                .anyMatch(job -> job.lane == choice.lane() && byClass().compare(job, most) == 0))
        .as("lane %s steps, but %s is more urgent", choice.lane(), most)
        .isTrue();
  }

  /** Who is left out did not fit, or was behind somebody who has to wait. */
  private static void checkRows(
      Choice<TraceJob> choice, Set<List<Object>> chosen, List<TraceJob> able, long nowNanos) {
    int limit = choice.lane().rowLimit();
    List<Ranked> ranked = ranked(choice, able, nowNanos);
    int free = limit;
    int held = (int) ranked.stream().filter(row -> !row.fresh()).count();
    boolean somebodyWaits = false;
    for (Ranked row : ranked) {
      int places = 2 * limit - (row.first() ? 0 : Math.max(1, limit / 4));
      if (chosen.contains(List.<Object>of(row.job(), row.image()))) {
        if (row.fresh()) {
          assertThat(somebodyWaits).as("%s begins before one that waits", row).isFalse();
          assertThat(held).as("places when %s begins", row).isLessThan(places);
          held++;
        }
        free -= row.cost();
      } else {
        boolean reason = row.cost() > free || (row.fresh() && (held >= places || somebodyWaits));
        assertThat(reason).as("%s is left out for a reason", row).isTrue();
        somebodyWaits = true;
      }
    }
  }

  private static List<Ranked> ranked(Choice<TraceJob> choice, List<TraceJob> able, long nowNanos) {
    List<Ranked> ranked = new ArrayList<>();
    for (TraceJob job : able) {
      for (int image = 0; image < job.stepsTaken.length && job.lane == choice.lane(); image++) {
        if (job.stepsTaken[image] < job.costs.length) {
          ranked.add(new Ranked(job, image, choice.turn() && job.overdue(nowNanos)));
        }
      }
    }
    Comparator<Ranked> byArrival =
        Comparator.<Ranked>comparingInt(row -> row.job().number)
            .thenComparing(Ranked::fresh)
            .thenComparingInt(Ranked::image);
    ranked.sort(
        (a, b) -> {
          if (a.first() || b.first()) {
            return a.first() && b.first()
                ? byArrival.compare(a, b)
                : Boolean.compare(b.first(), a.first());
          }
          return Comparator.<Ranked, TraceJob>comparing(Ranked::job, byClass())
              .thenComparing(Ranked::fresh)
              .thenComparing(byArrival)
              .compare(a, b);
        });
    return ranked;
  }

  private static Comparator<TraceJob> byClass() {
    return Comparator.comparingLong(TraceJob::deadline)
        .thenComparingInt(job -> job.urgency.priority());
  }
}
