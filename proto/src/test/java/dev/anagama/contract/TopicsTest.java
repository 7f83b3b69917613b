package dev.anagama.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.anagama.v1.Priority;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class TopicsTest {
  @Test
  void ofJobs_everyPriority_hasItsTopic() {
    assertThat(Topics.ofJobs(Priority.PRIORITY_INTERACTIVE)).isEqualTo("anagama.jobs.interactive");
    assertThat(Topics.ofJobs(Priority.PRIORITY_STANDARD)).isEqualTo("anagama.jobs");
    assertThat(Topics.ofJobs(Priority.PRIORITY_BATCH)).isEqualTo("anagama.jobs.batch");
    assertThat(Arrays.stream(Priority.values()).map(Topics::ofJobs).distinct())
        .containsExactlyInAnyOrderElementsOf(Topics.ALL_JOBS);
  }

  @Test
  void ofJobs_noneOrOneOfALaterVersion_isStandard() {
    assertThat(Topics.ofJobs(Priority.PRIORITY_UNSPECIFIED)).isEqualTo(Topics.JOBS);
    assertThat(Topics.ofJobs(Priority.UNRECOGNIZED)).isEqualTo(Topics.JOBS);
  }
}
