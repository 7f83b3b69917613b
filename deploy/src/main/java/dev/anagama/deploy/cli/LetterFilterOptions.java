package dev.anagama.deploy.cli;

import dev.anagama.deploy.letters.LetterFilter;
import java.util.Optional;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Which dead letters are meant. */
final class LetterFilterOptions {
  @Option(
      names = "--category",
      paramLabel = "NAME",
      converter = CategoryName.class,
      description = "Only of this kind of failure: invalid, unavailable or internal.")
  private Optional<String> category = Optional.empty();

  @Option(
      names = "--reason-contains",
      paramLabel = "TEXT",
      description = "Only those whose reason has this text, in whatever case.")
  private Optional<String> reasonPart = Optional.empty();

  LetterFilter filter() {
    return new LetterFilter(category, reasonPart);
  }

  /** Whether every letter is meant. */
  boolean isOpen() {
    return category.isEmpty() && reasonPart.isEmpty();
  }

  private static final class CategoryName implements ITypeConverter<String> {
    @Override
    public String convert(String text) {
      return switch (text) {
        case "invalid", "unavailable", "internal" -> text;
        default ->
            throw new TypeConversionException(
                "'%s'; allowed: invalid, unavailable, internal".formatted(text));
      };
    }
  }
}
