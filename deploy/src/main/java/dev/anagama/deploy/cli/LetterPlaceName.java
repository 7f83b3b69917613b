package dev.anagama.deploy.cli;

import dev.anagama.deploy.letters.LetterPlace;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a dead letter's place from the command line. */
final class LetterPlaceName implements ITypeConverter<LetterPlace> {
  @Override
  public LetterPlace convert(String text) {
    try {
      return LetterPlace.parse(text);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(String.valueOf(e.getMessage()));
    }
  }
}
