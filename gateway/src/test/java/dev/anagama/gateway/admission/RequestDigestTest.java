package dev.anagama.gateway.admission;

import static org.assertj.core.api.Assertions.assertThat;

import dev.anagama.gateway.Samples;
import dev.anagama.v1.JobSpec;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class RequestDigestTest {
  @Test
  void of_isSha256OfTheFields_whateverTheirOrder() {
    JobSpec one = JobSpec.newBuilder().setSeed(1).setClassLabel(2).build();
    JobSpec other = JobSpec.newBuilder().setClassLabel(2).setSeed(1).build();

    assertThat(RequestDigest.of(one).size()).isEqualTo(32);
    assertThat(RequestDigest.of(one)).isEqualTo(RequestDigest.of(other));
  }

  @Test
  void of_everyFieldCounts() {
    JobSpec spec = Samples.spec();
    assertThat(RequestDigest.of(spec))
        .isNotEqualTo(RequestDigest.of(spec.toBuilder().setSeed(8).build()))
        .isNotEqualTo(RequestDigest.of(spec.toBuilder().clearNumImages().build()))
        .isNotEqualTo(RequestDigest.of(spec.toBuilder().setClassName("Trouser").build()));
  }

  @Test
  void of_valueStaysWhatItWas() {
    // Stored with every accepted job: another value would turn retries into conflicts.
    assertThat(HexFormat.of().formatHex(RequestDigest.of(Samples.spec()).toByteArray()))
        .isEqualTo("d16f552d5128046e46d38fc845395be9c851f1deadaf1e63104764337ddf3284");
  }
}
