package dev.anagama.deploy.cli;

import com.google.protobuf.Timestamp;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A deadline as it is written on the command line: a time, or so long from now. */
final class Deadline {
  private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h)");

  private final Function<Clock, Instant> instant;

  private Deadline(Function<Clock, Instant> instant) {
    this.instant = instant;
  }

  /** The time that it is. */
  Timestamp at(Clock clock) {
    Instant deadline = instant.apply(clock);
    return Timestamp.newBuilder()
        .setSeconds(deadline.getEpochSecond())
        .setNanos(deadline.getNano())
        .build();
  }

  /** Reads one. */
  static final class Converter implements ITypeConverter<Deadline> {
    @Override
    public Deadline convert(String text) {
      Matcher matcher = DURATION.matcher(text);
      if (matcher.matches()) {
        Duration ahead = duration(Long.parseLong(matcher.group(1)), matcher.group(2));
        return new Deadline(clock -> clock.instant().plus(ahead));
      }
      try {
        Instant deadline = OffsetDateTime.parse(text).toInstant();
        return new Deadline(clock -> deadline);
      } catch (DateTimeParseException e) {
        throw new TypeConversionException(
            "'%s'; allowed: a duration such as 500ms, 30s, 10m or 2h, or a time by RFC 3339"
                .formatted(text));
      }
    }

    private static Duration duration(long amount, String unit) {
      return switch (unit) {
        case "ms" -> Duration.ofMillis(amount);
        case "s" -> Duration.ofSeconds(amount);
        case "m" -> Duration.ofMinutes(amount);
        default -> Duration.ofHours(amount);
      };
    }
  }
}
