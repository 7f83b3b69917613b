package dev.anagama.platform.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class KafkaConfigTest {
  @Test
  void defaults_nothingSet_areALocalBroker() {
    KafkaConfig config = load(Map.of());

    assertThat(config.bootstrapServers()).isEqualTo("127.0.0.1:9092");
    assertThat(config.jobPartitions()).isEqualTo(48);
    assertThat(config.replication()).isEqualTo((short) 1);
    assertThat(config.properties()).isEmpty();
  }

  @Test
  void mapping_everyKeySet_isTaken() {
    KafkaConfig config =
        load(
            Map.of(
                "anagama.kafka.bootstrap-servers", "a:1,b:2",
                "anagama.kafka.job-partitions", "96",
                "anagama.kafka.replication", "3",
                "anagama.kafka.properties.security.protocol", "SASL_SSL",
                "anagama.kafka.properties.linger.ms", "1"));

    assertThat(config.bootstrapServers()).isEqualTo("a:1,b:2");
    assertThat(config.jobPartitions()).isEqualTo(96);
    assertThat(config.replication()).isEqualTo((short) 3);
    assertThat(config.properties())
        .containsOnly(Map.entry("security.protocol", "SASL_SSL"), Map.entry("linger.ms", "1"));
  }

  @Test
  void properties_fromTheEnvironment_haveKafkasNames() {
    Map<String, String> environment =
        Map.of("ANAGAMA_KAFKA_PROPERTIES_SECURITY_PROTOCOL", "SASL_SSL");

    KafkaConfig config = Settings.load(KafkaConfig.class, Optional.empty(), Map.of(), environment);

    assertThat(config.properties()).containsOnly(Map.entry("security.protocol", "SASL_SSL"));
  }

  @Test
  void numbers_outOfRange_areRefusedWithTheRange() {
    SettingsException e =
        catchThrowableOfType(
            SettingsException.class,
            () ->
                load(
                    Map.of(
                        "anagama.kafka.job-partitions", "1001",
                        "anagama.kafka.replication", "0")));

    assertThat(e.problems())
        .containsExactly(
            "anagama.kafka.job-partitions is '1001'; allowed: a whole number from 1 to 1000",
            "anagama.kafka.replication is '0'; allowed: a whole number from 1 to 9");
  }

  private static KafkaConfig load(Map<String, String> overrides) {
    return Settings.load(KafkaConfig.class, Optional.empty(), overrides, Map.of());
  }
}
