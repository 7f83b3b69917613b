package dev.anagama.diffusion.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import com.fasterxml.jackson.databind.exc.InvalidFormatException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import org.junit.jupiter.api.Test;

class PrecisionTest {
  private static final JsonMapper JSON = new JsonMapper();

  @Test
  void json_itsLabel_isTheNameInManifests() throws Exception {
    assertThat(JSON.writeValueAsString(Precision.values()))
        .isEqualTo("[\"float32\",\"bfloat16\",\"float16\"]");
    assertThat(JSON.readValue("\"bfloat16\"", Precision.class)).isEqualTo(Precision.BFLOAT16);
    assertThatThrownBy(() -> JSON.readValue("\"float8\"", Precision.class))
        .isInstanceOf(InvalidFormatException.class)
        .hasMessageContainingAll("float8", "float32", "bfloat16", "float16");
  }

  @Test
  void bestOn_aGpu_isBfloat16() {
    assertThat(Precision.bestOn(Device.gpu())).isEqualTo(Precision.BFLOAT16);
  }

  @Test
  void bestOn_theProcessor_isAlwaysTheSame() {
    assertThat(Precision.bestOn(Device.cpu())).isEqualTo(Precision.bestOn(Device.cpu()));
  }
}
