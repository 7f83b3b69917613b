package dev.anagama.worker.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class RowChoiceTest {
  /** One image of a random trace: it costs one or two network rows at each of its steps. */
  private static final class TraceRow implements RowChoice.Candidate {
    private final int arrival;
    private final int[] costs;
    private boolean begun;
    private int step;
    private int finishedAt = -1;

    TraceRow(int arrival, int[] costs) {
      this.arrival = arrival;
      this.costs = costs;
    }

    @Override
    public boolean begun() {
      return begun;
    }

    @Override
    public int networkRows() {
      return costs[step];
    }

    void advance(int now) {
      begun = true;
      step++;
      if (step == costs.length) {
        finishedAt = now;
      }
    }
  }

  @Property
  void trace_keepsTheLimitsAndStarvesNobody(
      @ForAll long seed,
      @ForAll @IntRange(min = 2, max = 12) int rowLimit,
      @ForAll @IntRange(min = 1, max = 80) int rows) {
    List<TraceRow> trace = trace(new Random(seed), rows);
    int now = 0;
    for (; trace.stream().anyMatch(row -> row.finishedAt < 0); now++) {
      int cycle = now;
      List<TraceRow> candidates =
          trace.stream().filter(row -> row.arrival <= cycle && row.finishedAt < 0).toList();

      List<TraceRow> chosen = RowChoice.choose(candidates, rowLimit);

      assertThat(chosen).isSubsetOf(candidates).doesNotHaveDuplicates();
      assertThat(chosen.isEmpty()).isEqualTo(candidates.isEmpty());
      assertThat(chosen.stream().mapToInt(TraceRow::networkRows).sum())
          .isLessThanOrEqualTo(rowLimit);
      if (!candidates.isEmpty()) {
        assertThat(chosen).contains(mustMove(candidates, rowLimit));
      }
      chosen.forEach(row -> row.advance(cycle));
      assertThat(trace.stream().filter(row -> row.begun && row.finishedAt < 0).count())
          .isLessThanOrEqualTo(rowLimit);
    }
    assertEveryRowWaitsOnlyForOlderOnes(trace);
  }

  /** The oldest row; if it can not begin for want of a place, the oldest that has begun. */
  private static TraceRow[] mustMove(List<TraceRow> candidates, int rowLimit) {
    boolean full = candidates.stream().filter(TraceRow::begun).count() == rowLimit;
    return candidates.stream()
        .filter(row -> row.begun() || !full)
        .limit(1)
        .toArray(TraceRow[]::new);
  }

  /**
   * Before a row ends, each cycle moves the oldest row, or the oldest that has begun until that
   * one's place is free: so for itself and for each older row it waits for two rows' steps at most.
   */
  private static void assertEveryRowWaitsOnlyForOlderOnes(List<TraceRow> trace) {
    int longest = trace.stream().mapToInt(row -> row.costs.length).max().orElse(0);
    int rows = 0;
    for (TraceRow row : trace) {
      rows++;
      assertThat(row.finishedAt - row.arrival).isLessThanOrEqualTo(rows * 2 * longest);
    }
  }

  private static List<TraceRow> trace(Random random, int rows) {
    List<TraceRow> trace = new ArrayList<>();
    int arrival = 0;
    for (int i = 0; i < rows; i++) {
      arrival += random.nextInt(3);
      int[] costs = new int[1 + random.nextInt(12)];
      int guidedFrom = random.nextInt(costs.length + 1);
      for (int step = 0; step < costs.length; step++) {
        costs[step] = step >= guidedFrom || random.nextInt(8) == 0 ? 2 : 1;
      }
      trace.add(new TraceRow(arrival, costs));
    }
    return trace;
  }

  @Test
  void choose_fillsTheStepPastRowsThatDoNotFit() {
    TraceRow guided = new TraceRow(0, new int[] {2});
    TraceRow second = new TraceRow(0, new int[] {2});
    TraceRow plain = new TraceRow(0, new int[] {1});

    assertThat(RowChoice.choose(List.of(guided, second, plain), 3)).containsExactly(guided, plain);
  }

  @Test
  void choose_limitBelowAGuidedRow_isRefused() {
    assertThatThrownBy(() -> RowChoice.choose(List.of(), 1)).hasMessageContaining("at least 2");
  }
}
