package dev.anagama.platform.config;

import io.smallrye.config.ConfigMappingInterface.Property;
import io.smallrye.config.SmallRyeConfig;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.net.URI;
import java.time.DateTimeException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A key with one value, or with values joined by commas.
 *
 * @param key its full name
 * @param type what each value is turned into
 * @param several whether there may be several values
 * @param absence what it means when there is none
 * @param range what a whole number may be
 * @param words what is allowed, where the type does not say it
 * @param partner the full name of the key that must have a value if this one has
 */
record Scalar(
    String key,
    Class<?> type,
    boolean several,
    Absence absence,
    @Nullable Between range,
    @Nullable Allowed words,
    Optional<String> partner) {
  /** What it means when a key has no value. */
  enum Absence {
    /** It must have one. */
    REFUSED,
    /** The mapping's default is taken; an empty text is no value and is refused. */
    DEFAULTED,
    /** There is none; an empty text means the same. */
    ALLOWED
  }

  private static final Set<Class<?>> WHOLE =
      Set.of(
          short.class,
          Short.class,
          int.class,
          Integer.class,
          OptionalInt.class,
          long.class,
          Long.class,
          OptionalLong.class);
  private static final Set<Class<?>> FRACTION =
      Set.of(double.class, Double.class, OptionalDouble.class, float.class, Float.class);

  static Scalar of(String key, Property property) {
    Type returned = property.getMethod().getGenericReturnType();
    boolean optional = false;
    boolean several = false;
    while (returned instanceof ParameterizedType generic) {
      Class<?> raw = (Class<?>) generic.getRawType();
      optional |= raw == Optional.class;
      several |= Collection.class.isAssignableFrom(raw);
      returned = generic.getActualTypeArguments()[0];
    }
    Class<?> type = (Class<?>) returned;
    optional |= type == OptionalInt.class;
    optional |= type == OptionalLong.class;
    optional |= type == OptionalDouble.class;
    return new Scalar(
        key,
        type,
        several,
        optional
            ? Absence.ALLOWED
            : property.hasDefaultValue() ? Absence.DEFAULTED : Absence.REFUSED,
        property.getMethod().getAnnotation(Between.class),
        property.getMethod().getAnnotation(Allowed.class),
        Optional.ofNullable(property.getMethod().getAnnotation(GoesWith.class))
            .map(with -> key.substring(0, key.lastIndexOf('.') + 1) + with.value()));
  }

  /** Says what is wrong with the value that the key has; empty when nothing is. */
  Optional<String> problem(SmallRyeConfig config) {
    String value = config.getConfigValue(key).getRawValue();
    if (value == null || (value.isEmpty() && absence == Absence.ALLOWED)) {
      return absence == Absence.REFUSED
          ? Optional.of("%s is missing; allowed: %s".formatted(key, allowed()))
          : Optional.empty();
    }
    List<String> values = several ? List.of(value.split(",", -1)) : List.of(value);
    boolean good = values.stream().allMatch(v -> isGood(config, v.strip()));
    if (!good) {
      // A secret that is wrong may be nearly right.
      String shown = type == Secret.class ? "***" : value;
      return Optional.of("%s is '%s'; allowed: %s".formatted(key, shown, allowed()));
    }
    return partner
        .filter(other -> isEmpty(config, other))
        .map(other -> "%s is missing; %s is set, and both belong together".formatted(other, key));
  }

  private static boolean isEmpty(SmallRyeConfig config, String key) {
    String value = config.getConfigValue(key).getRawValue();
    return value == null || value.isEmpty();
  }

  private boolean isGood(SmallRyeConfig config, String value) {
    if (value.isEmpty()) {
      return false;
    }
    // The library takes every word that is not a yes for a no.
    if (type == boolean.class || type == Boolean.class) {
      return value.equals("true") || value.equals("false");
    }
    try {
      if (WHOLE.contains(type)) {
        return inRange(Long.parseLong(value));
      }
      if (FRACTION.contains(type)) {
        return Double.isFinite(Double.parseDouble(value));
      }
      return config.getConverter(type).map(c -> c.convert(value)).isPresent();
    } catch (IllegalArgumentException | DateTimeException e) {
      return false;
    }
  }

  private boolean inRange(long value) {
    return value >= min() && value <= max();
  }

  private long min() {
    if (range != null) {
      return range.min();
    }
    return isShort() ? Short.MIN_VALUE : isLong() ? Long.MIN_VALUE : Integer.MIN_VALUE;
  }

  private long max() {
    if (range != null) {
      return range.max();
    }
    return isShort() ? Short.MAX_VALUE : isLong() ? Long.MAX_VALUE : Integer.MAX_VALUE;
  }

  private boolean isShort() {
    return type == short.class || type == Short.class;
  }

  private boolean isLong() {
    return type == long.class || type == Long.class || type == OptionalLong.class;
  }

  private String allowed() {
    return several ? one() + ", or several joined by commas" : one();
  }

  private String one() {
    if (words != null) {
      return words.value();
    }
    if (WHOLE.contains(type)) {
      return "a whole number from %d to %d".formatted(min(), max());
    }
    if (FRACTION.contains(type)) {
      return "a finite number";
    }
    if (type == boolean.class || type == Boolean.class) {
      return "true or false";
    }
    if (type.isEnum()) {
      return Arrays.stream(type.getEnumConstants())
          .map(c -> ((Enum<?>) c).name().toLowerCase(Locale.ROOT).replace('_', '-'))
          .collect(Collectors.joining(", "));
    }
    if (type == URI.class) {
      return "a URI such as file:///an/absolute/folder";
    }
    if (type == Duration.class) {
      return "an ISO 8601 duration such as PT30S";
    }
    return type == String.class || type == Secret.class ? "a text" : "a " + type.getSimpleName();
  }
}
