package dev.anagama.diffusion.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ScheduleKindTest {
  @Test
  void ofLabel_itsOwn_isTheKind() {
    for (ScheduleKind kind : ScheduleKind.values()) {
      assertThat(ScheduleKind.ofLabel(kind.label())).isEqualTo(kind);
    }
    assertThatThrownBy(() -> ScheduleKind.ofLabel("karras"))
        .hasMessage("schedule is karras; allowed: cosine, linear_log_snr, edm");
  }

  @Test
  void over_aModel_isThePapersWholeRangeOrWhereStepsMatter() {
    LogSnrRange model = LogSnrRange.DEFAULT;

    assertThat(ScheduleKind.COSINE.over(model)).isEqualTo(new CosineSchedule(model));
    assertThat(ScheduleKind.LINEAR_LOG_SNR.over(model)).isEqualTo(LinearSchedule.over(model));
    assertThat(ScheduleKind.EDM.over(model)).isEqualTo(RhoSchedule.over(model));
  }
}
