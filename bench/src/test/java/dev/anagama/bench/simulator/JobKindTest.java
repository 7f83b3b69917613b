package dev.anagama.bench.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JobKindTest {
  @Test
  void parse_everyField_inAnyOrder() {
    assertThat(JobKind.parse("share=0.2,images=4,scale=1,steps=50"))
        .isEqualTo(new JobKind(50, 4, 1, 0.2));
    assertThat(JobKind.parse("steps=50")).isEqualTo(new JobKind(50, 1, 3, 1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "steps", "images=2", "steps=x", "steps=1,steps=2", "steps=1,size=2"})
  void parse_anythingElse_saysWhatIsAllowed(String text) {
    assertThatThrownBy(() -> JobKind.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'" + text + "'")
        .hasMessageContaining("steps=N");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "steps=0",
        "steps=1001",
        "steps=1,images=65",
        "steps=1,scale=0.5",
        "steps=1,share=0",
        "steps=1,share=NaN"
      })
  void parse_outOfRange_saysTheRange(String text) {
    assertThatThrownBy(() -> JobKind.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("allowed: ");
  }

  @Test
  void mix_sharesOfTwoKinds_areMetByDrawsAndMeans() {
    JobKind small = new JobKind(10, 1, 1, 3);
    JobKind large = new JobKind(100, 2, 3, 1);
    JobMix mix = new JobMix(List.of(small, large));

    assertThat(mix.draw(0.7499)).isEqualTo(small);
    assertThat(mix.draw(0.7501)).isEqualTo(large);
    assertThat(mix.meanNetworkRows()).isCloseTo(0.75 * 10 + 0.25 * 400, within(1e-9));
    assertThat(mix.meanImages()).isCloseTo(1.25, within(1e-9));
    assertThat(mix.quantile(0.75, JobKind::steps)).isEqualTo(10);
    assertThat(mix.quantile(0.76, JobKind::steps)).isEqualTo(100);
  }
}
