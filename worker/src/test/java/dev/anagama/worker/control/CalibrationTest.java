package dev.anagama.worker.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.anagama.worker.schedule.ForwardProfile;
import dev.anagama.worker.schedule.ForwardProfile.Point;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;

/** Against a device whose clock only moves while a pass runs. */
class CalibrationTest {
  private long nowNanos;
  private int passes;
  private boolean steady;

  @Test
  void rows_areDoubledUntilNothingIsGained() {
    // Throughput doubles up to 8 rows and stays.
    ForwardProfile profile = measure(1, 512, rows -> 0.001 * Math.max(1, rows / 8.0));

    assertThat(profile.points()).extracting(Point::rows).containsExactly(1, 2, 4, 8, 16, 32);
    // Steps gain where passes do not: what a step takes beside its pass is of the order of these.
    assertThat(profile.rowLimit()).isEqualTo(32);
    assertThat(profile.seconds(32)).isCloseTo(0.004, within(1e-9));
  }

  @Test
  void lanes_areFilledEvenly() {
    ForwardProfile profile = measure(6, 100, rows -> 0.001 * Math.ceil(rows / 6.0));

    assertThat(profile.lanes()).isEqualTo(6);
    assertThat(profile.points()).extracting(Point::rows).containsExactly(1, 6, 12, 24);
    assertThat(profile.rowLimit()).isEqualTo(24);
  }

  @Test
  void maxRows_areNotExceeded() {
    ForwardProfile profile = measure(1, 8, rows -> 0.001);
    assertThat(profile.points()).extracting(Point::rows).containsExactly(1, 2, 4, 8);
    assertThat(profile.rowLimit()).isEqualTo(8);
  }

  @Test
  void slowNetwork_staysNearTheBudget() {
    ForwardProfile profile = measure(1, 512, rows -> 0.2 * rows);

    assertThat(profile.points()).extracting(Point::rows).containsExactly(1, 2);
    assertThat(nowNanos).isLessThanOrEqualTo(Calibration.BUDGET_NANOS);
    assertThat(profile.rowLimit()).isEqualTo(2);
  }

  @Test
  void slowerThanTheBudget_isMeasuredOnce() {
    ForwardProfile profile = measure(1, 512, rows -> 5.0 * rows);
    assertThat(profile.points()).containsExactly(new Point(1, 5.0));
    assertThat(passes).isEqualTo(2);
  }

  @Test
  void passesThatAreDisturbed_doNotCount() {
    // Every second pass takes ten times as long.
    ForwardProfile profile = measure(1, 4, rows -> passes % 2 == 0 ? 0.01 * rows : 0.001 * rows);
    assertThat(profile.points()).allSatisfy(p -> assertThat(p.rowsPerSecond()).isGreaterThan(999));
    assertThat(steady).isTrue();
  }

  @Test
  void machineWithOtherThingsToDo_isUnsteady() {
    // One pass in five is left alone, and no two are disturbed alike.
    measure(1, 4, rows -> passes % 5 == 0 ? 0.001 : 0.002 + 0.0005 * (passes % 5));
    assertThat(steady).isFalse();
  }

  @Test
  void memoryThatIsShort_endsTheMeasurement() {
    ForwardProfile profile =
        measure(
            1,
            512,
            rows -> {
              if (rows > 4) {
                throw new IllegalStateException("CUDA out of memory");
              }
              return 0.001;
            });
    assertThat(profile.points()).extracting(Point::rows).containsExactly(1, 2, 4);

    assertThatThrownBy(
            () ->
                measure(
                    1,
                    512,
                    rows -> {
                      throw new IllegalStateException("no kernel");
                    }))
        .hasMessage("no kernel");
  }

  private ForwardProfile measure(int lanes, int maxRows, IntToDoubleFunction seconds) {
    Calibration.Pass pass =
        rows -> {
          passes++;
          nowNanos += Math.round(seconds.applyAsDouble(rows) * 1e9);
        };
    Calibration.Measured measured = new Calibration(pass, () -> nowNanos).measure(lanes, maxRows);
    steady = measured.steady();
    return measured.profile();
  }
}
