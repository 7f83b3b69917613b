package dev.anagama.worker.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class RosterTest {
  private static final Urgency INTERACTIVE = new Urgency(Urgency.INTERACTIVE, OptionalLong.empty());
  private static final Urgency BATCH = new Urgency(Urgency.BATCH, OptionalLong.empty());

  private final Roster<String> roster = new Roster<>();
  private final RowPool pool = new RowPool("m 1", 4);
  private long rowNanos;

  private void guided(String job, Urgency urgency, int images, int steps) {
    arrive(job, urgency, new Demand(pool, images, steps, step -> 2));
  }

  private void arrive(String job, Urgency urgency, Demand demand) {
    roster.arrive(job, urgency, 0);
    roster.plan(job, demand);
  }

  private Choice<String> step(long nowNanos) {
    Choice<String> choice = roster.choose(nowNanos, true).orElseThrow();
    var unused = roster.stepped(choice, rowNanos * choice.networkRows());
    return choice;
  }

  private static List<String> names(Choice<String> choice) {
    return choice.rows().stream().map(row -> row.job() + row.image() + "@" + row.step()).toList();
  }

  @Test
  void job_joinsAtTheNextStepBesideRowsThatRun() {
    guided("a", Urgency.NORMAL, 1, 3);
    assertThat(names(step(0))).containsExactly("a0@0");
    guided("b", Urgency.NORMAL, 1, 3);
    assertThat(names(step(0))).containsExactly("a0@1", "b0@0");
    Choice<String> third = roster.choose(0, true).orElseThrow();
    assertThat(roster.stepped(third, 0).jobs()).containsExactly("a");
    assertThat(names(step(0))).containsExactly("b0@2");
    assertThat(roster.choose(0, true)).isEmpty();
  }

  @Test
  void rowThatHasBegun_doesNotIdleWhileAnEquallyUrgentOneBegins() {
    arrive("old", Urgency.NORMAL, new Demand(pool, 3, 4, step -> 2));
    assertThat(names(step(0))).containsExactly("old0@0", "old1@0");
    guided("new", Urgency.NORMAL, 1, 4);
    for (int i = 1; i < 4; i++) {
      assertThat(names(step(0))).containsExactly("old0@" + i, "old1@" + i);
    }
    assertThat(names(step(0))).containsExactly("old2@0", "new0@0");
  }

  @Test
  void moreUrgentJob_stepsAtOnceAndTheOthersRest() {
    guided("standard", Urgency.NORMAL, 2, 3);
    step(0);
    guided("interactive", INTERACTIVE, 2, 2);
    assertThat(names(step(0))).containsExactly("interactive0@0", "interactive1@0");
    assertThat(names(step(0))).containsExactly("interactive0@1", "interactive1@1");
    assertThat(names(step(0))).containsExactly("standard0@1", "standard1@1");
  }

  @Test
  void order_isDeadlineThenPriorityThenArrival() {
    guided("batch", BATCH, 1, 1);
    guided("standard", Urgency.NORMAL, 1, 1);
    guided("standard too", Urgency.NORMAL, 1, 1);
    guided("interactive", INTERACTIVE, 1, 1);
    guided("far", new Urgency(Urgency.BATCH, OptionalLong.of(900)), 1, 1);
    guided("near", new Urgency(Urgency.BATCH, OptionalLong.of(800)), 1, 1);
    guided("near and interactive", new Urgency(Urgency.INTERACTIVE, OptionalLong.of(800)), 1, 1);

    List<String> order = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      step(0).rows().forEach(row -> order.add(row.job()));
    }
    assertThat(order)
        .containsExactly(
            "near and interactive",
            "near",
            "far",
            "interactive",
            "standard",
            "standard too",
            "batch");
  }

  @Test
  void shortJob_passesALongOneUntilTheLongOneHasWaitedInProportion() {
    // A network row costs 1 from now on, so 100 guided steps are 200 of work and 8 times that wait.
    rowNanos = 1;
    arrive("first", Urgency.NORMAL, new Demand(pool, 1, 1, step -> 2));
    step(0);
    roster.arrive("long", Urgency.NORMAL, 0);
    roster.plan("long", new Demand(pool, 2, 100, step -> 2));
    assertThat(names(step(0))).containsExactly("long0@0", "long1@0");

    long fairNanos = Roster.WAIT_PER_WORK * 2 * 200;
    long shortWait = Roster.WAIT_PER_WORK * 2 * 2 * 10;
    roster.arrive("early", Urgency.NORMAL, fairNanos - shortWait - 1);
    roster.plan("early", new Demand(pool, 2, 10, step -> 2));
    assertThat(names(step(0))).containsExactly("early0@0", "early1@0");
    roster.remove("early");
    roster.arrive("late", Urgency.NORMAL, fairNanos - shortWait + 1);
    roster.plan("late", new Demand(pool, 2, 10, step -> 2));
    assertThat(names(step(0))).containsExactly("long0@1", "long1@1");
  }

  @Test
  void costThatJitters_leavesEqualJobsInTheOrderOfTheirArrival() {
    rowNanos = 1_000;
    guided("first", Urgency.NORMAL, 1, 1);
    step(0);
    guided("early", Urgency.NORMAL, 2, 100);
    rowNanos = 700;
    for (int i = 0; i < 50; i++) {
      step(0);
    }
    // It would be before the other by what a row costs now; it is equal, and came later.
    guided("late", Urgency.NORMAL, 2, 100);
    assertThat(names(step(0))).containsExactly("early0@50", "early1@50");
    rowNanos = 10;
    for (int i = 0; i < 48; i++) {
      step(0);
    }
    guided("much later", Urgency.NORMAL, 2, 100);
    assertThat(names(step(0))).containsExactly("much later0@0", "much later1@0");
  }

  @Test
  void rowThatDoesNotFit_keepsOthersFromBeginningButNotFromSteppingOn() {
    RowPool three = new RowPool("m 1", 3);
    arrive("first", Urgency.NORMAL, new Demand(three, 1, 9, step -> step == 0 ? 1 : 2));
    arrive("plain", Urgency.NORMAL, new Demand(three, 1, 9, step -> 1));
    assertThat(names(step(0))).containsExactly("first0@0", "plain0@0");
    arrive("guided", BATCH, new Demand(three, 1, 9, step -> 2));
    arrive("behind", BATCH, new Demand(three, 1, 9, step -> 1));
    assertThat(names(step(0))).containsExactly("first0@1", "plain0@1");
    roster.remove("first");
    // Two rows are free now, and the one behind would have fitted before.
    assertThat(names(step(0))).containsExactly("plain0@2", "guided0@0");
  }

  @Test
  void overdueJob_hasEveryFourthStep() {
    guided("batch", BATCH, 1, 3);
    for (int i = 0; i < 9; i++) {
      guided("interactive" + i, INTERACTIVE, 2, 9);
    }
    List<Integer> stepsOfBatch = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      Choice<String> choice = step(Roster.PATIENCE_NANOS);
      if (choice.rows().get(0).job().equals("batch")) {
        assertThat(choice.turn()).isTrue();
        stepsOfBatch.add(i);
      }
    }
    assertThat(stepsOfBatch).containsExactly(3, 7, 11);
    assertThat(roster.size()).isLessThan(10);
  }

  @Test
  void jobThatIsNotOverdue_hasNoTurn() {
    guided("batch", BATCH, 1, 3);
    guided("interactive", INTERACTIVE, 2, 9);
    for (int i = 0; i < 9; i++) {
      Choice<String> choice = step(Roster.PATIENCE_NANOS - 1);
      assertThat(choice.turn()).isFalse();
      assertThat(choice.rows()).allMatch(row -> row.job().equals("interactive"));
    }
  }

  @Test
  void deadline_endsTheJobWhenItComes() {
    guided("late", new Urgency(Urgency.STANDARD, OptionalLong.of(100)), 1, 9);
    guided("other", Urgency.NORMAL, 1, 9);
    step(0);
    assertThat(roster.expire(99)).isEmpty();
    assertThat(roster.expire(100)).containsExactly("late");
    assertThat(names(step(100))).containsExactly("other0@1");
  }

  @Test
  void jobWithoutAPlan_stillExpires() {
    roster.arrive("late", new Urgency(Urgency.STANDARD, OptionalLong.of(100)), 0);
    assertThat(roster.choose(0, true)).isEmpty();
    assertThat(roster.expire(100)).containsExactly("late");
  }

  @Test
  void cancelledJob_isGoneByTheNextStep_alsoWhenItsStepRuns() {
    guided("cancelled", Urgency.NORMAL, 1, 2);
    guided("other", Urgency.NORMAL, 1, 2);
    Choice<String> running = roster.choose(0, true).orElseThrow();
    assertThat(roster.remove("cancelled")).isTrue();
    assertThat(roster.stepped(running, 0).rows()).isEmpty();
    assertThat(names(step(0))).containsExactly("other0@1");
  }

  @Test
  void newPlan_movesAJobThatHasNotBegunAndKeepsItsPlace() {
    RowPool next = new RowPool("m 2", 2);
    guided("first", Urgency.NORMAL, 1, 2);
    guided("second", Urgency.NORMAL, 1, 2);
    roster.plan("second", new Demand(next, 1, 1, step -> 2));
    roster.plan("first", new Demand(next, 1, 1, step -> 2));
    assertThat(names(step(0))).containsExactly("first0@0");
    Choice<String> second = roster.choose(0, true).orElseThrow();
    assertThat(second.pool()).isSameAs(next);
    assertThat(names(second)).containsExactly("second0@0");
    guided("third", Urgency.NORMAL, 1, 2);
    var unused = roster.stepped(second, 0);
    step(0);
    assertThatThrownBy(() -> roster.plan("third", null)).hasMessageContaining("has begun");
  }

  @Test
  void poolsThatAreEquallyUrgent_takeTurns_alsoAgainstAStreamOfShortJobs() {
    RowPool other = new RowPool("n 1", 4);
    guided("long", Urgency.NORMAL, 2, 10);
    int stepsOfLong = 0;
    for (int i = 0; i < 10; i++) {
      arrive("short" + i, Urgency.NORMAL, new Demand(other, 1, 1, step -> 2));
      stepsOfLong += step(0).pool() == pool ? 1 : 0;
    }
    assertThat(stepsOfLong).isEqualTo(5);
  }

  @Test
  void moreUrgentPool_goesFirst() {
    RowPool other = new RowPool("n 1", 4);
    guided("standard", Urgency.NORMAL, 2, 10);
    arrive("interactive", INTERACTIVE, new Demand(other, 1, 3, step -> 1));
    for (int i = 0; i < 3; i++) {
      assertThat(step(0).pool()).isSameAs(other);
    }
    assertThat(step(0).pool()).isSameAs(pool);
  }

  @Test
  void halvedLimit_isForTheNextChoiceAndForThatPoolAlone() {
    guided("a", Urgency.NORMAL, 3, 2);
    Optional<Choice<String>> failed = roster.choose(0, true);
    assertThat(failed.orElseThrow().networkRows()).isEqualTo(4);
    assertThat(pool.halveLimit()).isTrue();
    assertThat(names(step(0))).containsExactly("a0@0");
    assertThat(pool.halveLimit()).isFalse();
    assertThat(pool.rowLimit()).isEqualTo(RowPool.MIN_ROW_LIMIT);
    assertThat(new RowPool("n 1", 7).rowLimit()).isEqualTo(7);
  }

  @Test
  void withoutNewJobs_thoseThatHaveBegunGoOn() {
    guided("a", Urgency.NORMAL, 3, 1);
    step(0);
    guided("b", Urgency.NORMAL, 1, 1);
    Choice<String> choice = roster.choose(0, false).orElseThrow();
    assertThat(names(choice)).containsExactly("a2@0");
    var unused = roster.stepped(choice, 0);
    assertThat(roster.choose(0, false)).isEmpty();
    assertThat(names(step(0))).containsExactly("b0@0");
  }

  @Test
  void whatCanNotBe_isRefused() {
    guided("a", Urgency.NORMAL, 1, 2);
    Choice<String> choice = step(0);
    assertThatThrownBy(() -> roster.stepped(choice, 0)).hasMessageContaining("not at that step");
    assertThatThrownBy(() -> roster.arrive("a", Urgency.NORMAL, 0))
        .hasMessageContaining("here already");
    assertThatThrownBy(() -> roster.plan("b", null)).hasMessageContaining("not here");
    assertThatThrownBy(() -> new RowPool("m", 1)).hasMessageContaining("at least 2");
    assertThatThrownBy(() -> new Demand(pool, 0, 1, step -> 1)).hasMessageContaining("images");
    assertThatThrownBy(() -> new Urgency(3, OptionalLong.empty()))
        .hasMessageContaining("allowed: 0 to 2");
    arrive("bad", INTERACTIVE, new Demand(pool, 1, 1, step -> 3));
    assertThatThrownBy(() -> roster.choose(0, true)).hasMessageContaining("costs 3");
  }
}
