package dev.anagama.bench.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class WholeBatchTest {
  private static SimulatedJob job(long number, int steps, int images) {
    return new SimulatedJob(number, new JobKind(steps, images, 3, 1), 0);
  }

  @Test
  void begin_jobsOfTwoSchedules_batchesTheOldestWithItsLike() {
    WholeBatch policy = new WholeBatch(4);
    List<SimulatedJob> jobs = List.of(job(0, 2, 1), job(1, 3, 1), job(2, 2, 1), job(3, 2, 1));
    jobs.forEach(job -> policy.take(job, 0));

    assertThat(policy.begin(0)).isEqualTo(4);
    assertThat(policy.end(1)).isEmpty();
    assertThat(policy.begin(1)).isEqualTo(4);
    assertThat(policy.end(2)).containsExactly(jobs.get(0), jobs.get(2));
    assertThat(policy.begin(2)).isEqualTo(2);
  }

  @Test
  void begin_oneJobOfMoreImagesThanFit_goesThroughInTurns() {
    WholeBatch policy = new WholeBatch(4);
    SimulatedJob large = job(0, 2, 5);
    policy.take(large, 0);

    int passes = 0;
    List<SimulatedJob> ended = List.of();
    while (ended.isEmpty()) {
      assertThat(policy.begin(passes)).isEqualTo(4);
      ended = policy.end(++passes);
    }
    assertThat(passes).isEqualTo(2 * 3);
    assertThat(ended).containsExactly(large);
    assertThat(policy.begin(passes)).isZero();
  }
}
