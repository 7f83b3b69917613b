package dev.anagama.platform.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsTest {
  enum Precision {
    AUTO,
    FLOAT_32
  }

  /** One setting of each kind. */
  interface Role {
    @WithDefault("8080")
    @Between(min = 0, max = 65535)
    int httpPort();

    @WithDefault("auto")
    Precision precision();

    @WithDefault("PT10S")
    Duration grace();

    @WithDefault("false")
    boolean verbose();

    @WithDefault("0.5")
    double ratio();

    Optional<String> defaultModel();

    OptionalInt threads();

    @WithDefault("a,b")
    List<String> names();
  }

  /** Shaped as a role's configuration is. */
  @ConfigMapping(prefix = "anagama")
  interface RoleConfig {
    Role worker();

    KafkaConfig kafka();

    StoreConfig store();
  }

  /** Nests a section in the wrong place. */
  @ConfigMapping(prefix = "anagama.worker")
  interface Misplaced {
    KafkaConfig kafka();
  }

  private static final String URI_KEY = "anagama.store.uri";
  private static final Map<String, String> LEAST = Map.of(URI_KEY, "file:///srv/anagama");

  private final Path folder;

  SettingsTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @Test
  void load_leastThatIsNeeded_hasTheDefaults() {
    RoleConfig config = load(LEAST);

    assertThat(config.worker().httpPort()).isEqualTo(8080);
    assertThat(config.worker().precision()).isEqualTo(Precision.AUTO);
    assertThat(config.worker().grace()).isEqualTo(Duration.ofSeconds(10));
    assertThat(config.worker().verbose()).isFalse();
    assertThat(config.worker().ratio()).isEqualTo(0.5);
    assertThat(config.worker().defaultModel()).isEmpty();
    assertThat(config.worker().threads()).isEmpty();
    assertThat(config.worker().names()).containsExactly("a", "b");
    assertThat(config.kafka().jobPartitions()).isEqualTo(48);
  }

  @Test
  void load_everyKindOfValue_isTaken() {
    RoleConfig config =
        load(
            Map.of(
                URI_KEY,
                "file:///srv/anagama",
                "anagama.worker.http-port",
                "0",
                "anagama.worker.precision",
                "float-32",
                "anagama.worker.grace",
                "PT1M",
                "anagama.worker.verbose",
                "true",
                "anagama.worker.ratio",
                "1e-3",
                "anagama.worker.default-model",
                "fashion",
                "anagama.worker.threads",
                "2",
                "anagama.worker.names",
                "x"));

    assertThat(config.worker().httpPort()).isZero();
    assertThat(config.worker().precision()).isEqualTo(Precision.FLOAT_32);
    assertThat(config.worker().grace()).isEqualTo(Duration.ofMinutes(1));
    assertThat(config.worker().verbose()).isTrue();
    assertThat(config.worker().ratio()).isEqualTo(1e-3);
    assertThat(config.worker().defaultModel()).hasValue("fashion");
    assertThat(config.worker().threads()).hasValue(2);
    assertThat(config.worker().names()).containsExactly("x");
  }

  @Test
  void load_valueInSeveralPlaces_overridesBeatEnvironmentBeatsFile() {
    Path file =
        file(
            """
            anagama.store.uri = file:///from/file
            anagama.kafka.bootstrap-servers = file:1
            anagama.worker.http-port = 1
            """);
    Map<String, String> environment =
        Map.of("ANAGAMA_KAFKA_BOOTSTRAP_SERVERS", "env:2", "ANAGAMA_WORKER_HTTP_PORT", "2");
    Map<String, String> overrides = Map.of("anagama.worker.http-port", "3");

    RoleConfig config = Settings.load(RoleConfig.class, Optional.of(file), overrides, environment);

    assertThat(config.store().uri().uri()).hasToString("file:///from/file");
    assertThat(config.kafka().bootstrapServers()).isEqualTo("env:2");
    assertThat(config.worker().httpPort()).isEqualTo(3);
  }

  @Test
  void load_dollarInAValue_isLeftAlone() {
    RoleConfig config =
        load(Map.of(URI_KEY, "file:///a", "anagama.worker.default-model", "pa$${word}"));

    assertThat(config.worker().defaultModel()).hasValue("pa$${word}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          http-port    | 65536   | a whole number from 0 to 65535
          http-port    | -1      | a whole number from 0 to 65535
          http-port    | eighty  | a whole number from 0 to 65535
          http-port    | ''      | a whole number from 0 to 65535
          threads      | 1.5     | a whole number from -2147483648 to 2147483647
          precision    | float16 | auto, float-32
          grace        | 10s     | an ISO 8601 duration such as PT30S
          verbose      | yes     | true or false
          ratio        | NaN     | a finite number
          names        | 'a,,b'  | a text, or several joined by commas
          """)
  void load_badValue_namesKeyValueAndWhatIsAllowed(String name, String value, String allowed) {
    assertThat(problems(Map.of(URI_KEY, "file:///a", "anagama.worker." + name, value)))
        .containsExactly("anagama.worker.%s is '%s'; allowed: %s".formatted(name, value, allowed));
  }

  @Test
  void load_requiredKeyMissing_saysSo() {
    assertThat(problems(Map.of()))
        .containsExactly("anagama.store.uri is missing; allowed: " + StoreUri.ALLOWED);
  }

  @Test
  void load_optionalKeyEmpty_isAbsent() {
    RoleConfig config = load(Map.of(URI_KEY, "file:///a", "anagama.worker.default-model", ""));

    assertThat(config.worker().defaultModel()).isEmpty();
  }

  @Test
  void load_unknownKey_namesTheNearest() {
    assertThat(problems(Map.of(URI_KEY, "file:///a", "anagama.worker.htp-port", "1")))
        .containsExactly(
            "anagama.worker.htp-port is unknown; allowed: anagama.worker.http-port (the nearest)");
  }

  @Test
  void load_unknownSection_namesTheNearest() {
    assertThat(problems(Map.of(URI_KEY, "file:///a", "anagama.worke.http-port", "1")))
        .containsExactly(
            "anagama.worke.http-port is unknown; allowed: anagama.worker.http-port (the nearest)");
  }

  @Test
  void load_sectionOfNoRole_isRefused() {
    // The trainer is told everything by options.
    assertThat(problems(Map.of(URI_KEY, "file:///a", "anagama.trainer.batch-size", "64")))
        .singleElement()
        .asString()
        .startsWith("anagama.trainer.batch-size is unknown");
  }

  @Test
  void load_keyLikeNoOther_namesTheSections() {
    assertThat(problems(Map.of(URI_KEY, "file:///a", "server.tomcat.threads", "1")))
        .containsExactly(
            "server.tomcat.threads is unknown; allowed:"
                + " anagama.kafka.*, anagama.store.*, anagama.worker.*");
  }

  @Test
  void load_unknownKey_doesNotShowItsValue() {
    assertThat(problems(Map.of(URI_KEY, "file:///a", "anagama.kafka.propertis.sasl", "secret")))
        .singleElement()
        .asString()
        .doesNotContain("secret");
  }

  @Test
  void load_sectionOfAnotherRole_isLeftToIt() {
    assertThat(load(Map.of(URI_KEY, "file:///a", "anagama.gateway.anything", "1"))).isNotNull();
  }

  @Test
  void load_unknownEnvironment_isIgnored() {
    Map<String, String> environment = Map.of("ANAGAMA_WORKER_SERVICE_HOST", "10.0.0.1");

    assertThat(Settings.load(RoleConfig.class, Optional.empty(), LEAST, environment)).isNotNull();
  }

  @Test
  void load_severalProblems_tellsAllAtOnce() {
    Path file = file("anagama.worker.threds = 2\nanagama.worker.verbose = maybe\n");
    Map<String, String> environment = Map.of("ANAGAMA_KAFKA_JOB_PARTITIONS", "0");

    SettingsException e =
        catchThrowableOfType(
            SettingsException.class,
            () -> Settings.load(RoleConfig.class, Optional.of(file), Map.of(), environment));

    assertThat(e.problems())
        .containsExactlyInAnyOrder(
            "anagama.worker.threds is unknown; allowed: anagama.worker.threads (the nearest)",
            "anagama.worker.verbose is 'maybe'; allowed: true or false",
            "anagama.kafka.job-partitions is '0'; allowed: a whole number from 1 to 1000",
            "anagama.store.uri is missing; allowed: " + StoreUri.ALLOWED);
    assertThat(e).hasMessageContaining("4 problems").hasMessageContaining("maybe");
  }

  @Test
  void load_fileMissing_namesIt() {
    assertThatExceptionOfType(SettingsException.class)
        .isThrownBy(
            () ->
                Settings.load(
                    RoleConfig.class,
                    Optional.of(folder.resolve("none.properties")),
                    LEAST,
                    Map.of()))
        .withMessageContaining("none.properties' does not exist");
  }

  @Test
  void load_fileMalformed_namesIt() {
    Path file = file("anagama.store.uri = \\u00zz\n");

    assertThatExceptionOfType(SettingsException.class)
        .isThrownBy(() -> Settings.load(RoleConfig.class, Optional.of(file), Map.of(), Map.of()))
        .withMessageContaining(file.toString());
  }

  @Test
  void load_sectionNestedInTheWrongPlace_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Settings.load(Misplaced.class, Optional.empty(), Map.of(), Map.of()))
        .withMessageContaining("its place is anagama.kafka.*");
  }

  private static RoleConfig load(Map<String, String> overrides) {
    return Settings.load(RoleConfig.class, Optional.empty(), overrides, Map.of());
  }

  private static List<String> problems(Map<String, String> overrides) {
    return catchThrowableOfType(SettingsException.class, () -> load(overrides)).problems();
  }

  private Path file(String text) {
    try {
      return Files.writeString(folder.resolve("anagama.properties"), text);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
