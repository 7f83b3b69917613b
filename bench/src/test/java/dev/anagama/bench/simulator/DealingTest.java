package dev.anagama.bench.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DealingTest {
  @ParameterizedTest
  @CsvSource({"1,48", "7,48", "30,48", "48,48", "64,48", "1000,1000", "3,1"})
  void dealing_anyFleet_dealsEveryPartitionOnceAndEvenly(int workers, int partitions) {
    Dealing dealing = new Dealing(workers, partitions);
    int[] held = IntStream.range(0, workers).map(dealing::partitionsOf).toArray();

    assertThat(IntStream.of(held).sum()).isEqualTo(partitions);
    assertThat(held[0] - held[workers - 1]).isBetween(0, 1);
    assertThat(IntStream.of(held).filter(n -> n == held[0]).count())
        .isEqualTo(dealing.fullerWorkers());
    assertThat(IntStream.of(held).filter(n -> n == 0).count()).isEqualTo(dealing.idleWorkers());
    assertThat(dealing.largestShare()).isCloseTo((double) held[0] / partitions, within(1e-12));
  }

  @ParameterizedTest
  @CsvSource({"1,48,4", "30,48,4", "30,48,2", "47,48,4", "49,48,4", "64,48,4", "1000,1000,8"})
  void sample_anyFleet_standsForEveryWorkingWorker(int workers, int partitions, int most) {
    Sample sample = Sample.of(new Dealing(workers, partitions), most);

    assertThat(sample.workers()).isBetween(1, most);
    double working = sample.fuller() * sample.fullerWeight();
    double held = working * sample.dealing().partitionsOf(0);
    for (int i = 0; i < sample.others(); i++) {
      working += sample.othersWeight();
      held += sample.othersWeight() * sample.partitionsOf(sample.fuller() + i);
    }
    assertThat(working).isCloseTo(Math.min(workers, partitions), within(1e-9));
    assertThat(held).isCloseTo(partitions, within(1e-9));
  }

  @Test
  void dealing_nothingToDeal_isRefused() {
    assertThatThrownBy(() -> new Dealing(0, 48))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("0 workers");
  }
}
