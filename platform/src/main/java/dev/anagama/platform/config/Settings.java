package dev.anagama.platform.config;

import io.smallrye.config.ConfigValidationException;
import io.smallrye.config.EnvConfigSource;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;

/**
 * Reads configuration into a mapping interface.
 *
 * <p>A role's mapping has the prefix {@code anagama} and nests what it needs; the name of the
 * method is the section. The values that a whole number may take are given by {@link Between}.
 *
 * <pre>{@code
 * @ConfigMapping(prefix = "anagama")
 * public interface ExampleConfig {
 *   ExampleLimits gateway(); // anagama.gateway.*
 *   KafkaConfig kafka();     // anagama.kafka.*
 *   StoreConfig store();     // anagama.store.*
 * }
 * }</pre>
 *
 * <p>One file may serve every role: the sections of the other roles are left to them.
 */
public final class Settings {
  /** What every key begins with, before the first dot. */
  public static final String ROOT = "anagama";

  private static final int OVERRIDES_ORDINAL = 500;
  private static final int ENVIRONMENT_ORDINAL = 300;
  private static final int FILE_ORDINAL = 250;

  private Settings() {}

  /**
   * Loads a mapping. First found wins: {@code overrides}, environment ({@code
   * ANAGAMA_KAFKA_BOOTSTRAP_SERVERS} for {@code anagama.kafka.bootstrap-servers}), {@code file},
   * the mapping's defaults.
   *
   * @param mapping interface annotated with {@code ConfigMapping}
   * @param file Java properties in UTF-8
   * @param overrides values by key, such as {@code anagama.kafka.bootstrap-servers}
   * @throws SettingsException naming everything that is wrong
   */
  public static <T> T load(Class<T> mapping, Optional<Path> file, Map<String, String> overrides) {
    return load(mapping, file, overrides, System.getenv());
  }

  static <T> T load(
      Class<T> mapping,
      Optional<Path> file,
      Map<String, String> overrides,
      Map<String, String> environment) {
    Map<String, String> fromFile = file.map(Settings::read).orElseGet(Map::of);
    KnownKeys known = KnownKeys.of(mapping);
    SmallRyeConfig values = config(Optional.empty(), fromFile, overrides, environment);

    List<String> problems = new ArrayList<>();
    // Only what was written for this program is judged for unknown keys. The environment is not:
    // Kubernetes, for one, puts names such as ANAGAMA_GATEWAY_SERVICE_HOST there by itself.
    Map<String, String> written = new TreeMap<>(fromFile);
    written.putAll(overrides);
    written.keySet().forEach(key -> known.problemOfKey(key).ifPresent(problems::add));
    known.scalars().forEach(s -> s.problem(values).ifPresent(problems::add));
    if (!problems.isEmpty()) {
      throw new SettingsException(problems);
    }
    try {
      return config(Optional.of(mapping), fromFile, overrides, environment)
          .getConfigMapping(mapping);
    } catch (ConfigValidationException e) {
      throw new SettingsException(problems(e));
    }
  }

  private static SmallRyeConfig config(
      Optional<Class<?>> mapping,
      Map<String, String> file,
      Map<String, String> overrides,
      Map<String, String> environment) {
    SmallRyeConfigBuilder builder =
        new SmallRyeConfigBuilder()
            .withValidateUnknown(false)
            .withSources(
                new PropertiesConfigSource(overrides, "overrides", OVERRIDES_ORDINAL),
                new EnvConfigSource(environment, ENVIRONMENT_ORDINAL),
                new PropertiesConfigSource(file, "file", FILE_ORDINAL));
    mapping.ifPresent(builder::withMapping);
    return builder.build();
  }

  private static List<String> problems(ConfigValidationException e) {
    List<String> problems = new ArrayList<>();
    for (int i = 0; i < e.getProblemCount(); i++) {
      problems.add(e.getProblem(i).getMessage());
    }
    return problems;
  }

  private static Map<String, String> read(Path file) {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      properties.load(reader);
    } catch (NoSuchFileException e) {
      throw new SettingsException(List.of("file '%s' does not exist".formatted(file)), e);
    } catch (IOException | IllegalArgumentException e) {
      throw new SettingsException(List.of("file '%s' can not be read: %s".formatted(file, e)), e);
    }
    Map<String, String> values = new HashMap<>();
    properties.stringPropertyNames().forEach(k -> values.put(k, properties.getProperty(k)));
    return values;
  }
}
