package dev.anagama.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IdentifiersTest {
  @ParameterizedTest
  @ValueSource(
      strings = {"j", "0", "J1", "a.b_c-D", "0196a3f2-7c1e-7aaa-8f00-0123456789ab", "2026-01-01.1"})
  void requireId_wellFormed_isReturned(String id) {
    assertThat(Identifiers.requireId("job_id", id)).isEqualTo(id);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", ".", "..", "-a", "_a", ".a", "a/b", "../a", "a\\b", "a b", "a\n", "\na", "a\u0000", "é",
        "a:b", "a%2fb"
      })
  void requireId_malformed_isRefusedByFieldValueAndForm(String id) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Identifiers.requireId("job_id", id))
        .withMessage(
            "job_id is '%s'; allowed: 1 to 64 of letters, digits, '.', '_', '-',".formatted(id)
                + " the first a letter or digit");
  }

  @Test
  void requireId_length_isBounded() {
    assertThat(Identifiers.requireId("job_id", "a".repeat(64))).hasSize(64);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Identifiers.requireId("job_id", "a".repeat(65)));
  }

  @Test
  void requireId_hugeValue_isShownShort() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Identifiers.requireId("job_id", "a".repeat(1_000_000)))
        .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(200));
  }

  @Test
  void requireName_lowerCase_isReturned() {
    assertThat(Identifiers.requireName("model", "fashion-mnist.v2_a"))
        .isEqualTo("fashion-mnist.v2_a");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Fashion", "..", "a/b", "../a", "-a", "a b"})
  void requireName_malformed_isRefusedByFieldAndValue(String name) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Identifiers.requireName("model", name))
        .withMessageStartingWith("model is '%s'; allowed: 1 to 64 of lower-case".formatted(name));
  }
}
