package dev.anagama.worker;

import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A device, or several, as the configuration names them.
 *
 * @param text {@code auto}, {@code cpu}, {@code gpu} or {@code gpu0}, {@code gpu1}, ...
 */
public record DeviceName(String text) {
  /** What {@link #of} takes. */
  static final String ALLOWED = "auto, cpu, gpu (every GPU), gpu0, gpu1, ...";

  /** Every GPU if there is one, otherwise the processor. */
  static final DeviceName AUTO = new DeviceName("auto");

  /** The processor. */
  static final DeviceName CPU = new DeviceName("cpu");

  /** Every GPU. */
  static final DeviceName GPU = new DeviceName("gpu");

  private static final Pattern ONE_GPU = Pattern.compile("gpu(0|[1-9][0-9]?)");

  /**
   * Reads a name.
   *
   * @throws IllegalArgumentException if it is not {@link #ALLOWED}
   */
  public static DeviceName of(String text) {
    DeviceName name = new DeviceName(text.strip());
    boolean known = name.equals(AUTO) || name.equals(CPU) || name.equals(GPU);
    if (!known && name.gpu().isEmpty()) {
      throw new IllegalArgumentException("'%s'; allowed: %s".formatted(text, ALLOWED));
    }
    return name;
  }

  /** The number of the one GPU that it names. */
  OptionalInt gpu() {
    Matcher matcher = ONE_GPU.matcher(text);
    return matcher.matches()
        ? OptionalInt.of(Integer.parseInt(matcher.group(1)))
        : OptionalInt.empty();
  }

  @Override
  public String toString() {
    return text;
  }
}
