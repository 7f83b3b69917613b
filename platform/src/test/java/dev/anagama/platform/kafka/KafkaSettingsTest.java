package dev.anagama.platform.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.anagama.platform.config.KafkaConfig;
import dev.anagama.platform.config.Settings;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class KafkaSettingsTest {
  @Test
  void of_configuration_isTakenOver() {
    KafkaConfig config =
        Settings.load(
            KafkaConfig.class,
            Optional.empty(),
            Map.of(
                "anagama.kafka.bootstrap-servers", "a:1",
                "anagama.kafka.job-partitions", "6",
                "anagama.kafka.replication", "3",
                "anagama.kafka.properties.linger.ms", "1"));

    assertThat(KafkaSettings.of(config))
        .isEqualTo(new KafkaSettings("a:1", Map.of("linger.ms", "1")));
    assertThat(Topology.Options.of(config)).isEqualTo(new Topology.Options(6, (short) 3));
  }

  @Test
  void toString_properties_areNotShown() {
    assertThat(new KafkaSettings("a:1", Map.of("sasl.jaas.config", "secret")))
        .hasToString("KafkaSettings[a:1]");
  }

  @Test
  void options_outOfRange_areRefusedByName() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Topology.Options(0, (short) 1))
        .withMessage("jobPartitions is 0; allowed: 1 to 1000");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Topology.Options(1, (short) 10))
        .withMessage("replication is 10; allowed: 1 to 9");
  }
}
