package dev.anagama.bench.simulator;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * One axis of a chart.
 *
 * @param title with the unit
 * @param min value at its start; above 0 on a logarithmic axis
 * @param max value at its end, above {@code min}
 * @param logarithmic whether equal lengths are equal ratios
 */
record Axis(String title, double min, double max, boolean logarithmic) {
  private static final double[] NICE = {1, 2, 5};
  private static final int MOST_TICKS = 7;

  /** From zero to a nice number at or above a value. */
  static Axis linear(String title, double largest) {
    double step = step(0, largest > 0 ? largest : 1);
    return new Axis(title, 0, Math.max(step, Math.ceil(largest / step - 1e-9) * step), false);
  }

  /** Between two values. */
  static Axis between(String title, double min, double max) {
    return new Axis(title, min, max > min ? max : min + 1, false);
  }

  /** Around values that are all above 0. */
  static Axis logarithmic(String title, double smallest, double largest) {
    List<Double> nice = niceNumbers(smallest / 5, largest * 5);
    double min = smallest;
    double max = largest;
    for (double value : nice) {
      if (value <= smallest) {
        min = value;
      }
      if (value >= largest) {
        max = value;
        break;
      }
    }
    return new Axis(title, min, max > min ? max : 2 * min, true);
  }

  /** Where a value is, 0 to 1 from the start to the end. */
  double position(double value) {
    double share =
        logarithmic ? Math.log(value / min) / Math.log(max / min) : (value - min) / (max - min);
    return Math.max(0, Math.min(1, share));
  }

  /** Values to mark. */
  List<Double> ticks() {
    if (logarithmic) {
      List<Double> ticks = niceNumbers(min, max);
      List<Double> decades = ticks.stream().filter(Axis::isPowerOfTen).toList();
      return ticks.size() <= MOST_TICKS + 2 || decades.size() < 2 ? ticks : decades;
    }
    List<Double> ticks = new ArrayList<>();
    double step = step(min, max);
    for (long i = (long) Math.ceil(min / step - 1e-9); i * step <= max * (1 + 1e-9); i++) {
      ticks.add(i * step);
    }
    return ticks;
  }

  /** A value as it stands beside its mark. */
  static String label(double value) {
    double size = Math.abs(value);
    if (value == 0) {
      return "0";
    }
    if (size < 1e-3 || size >= 1e5) {
      return String.format(Locale.ROOT, "%.0e", value);
    }
    String text = String.format(Locale.ROOT, "%.4f", value);
    return text.replaceAll("0+$", "").replaceAll("\\.$", "");
  }

  private static double step(double min, double max) {
    double rough = (max - min) / MOST_TICKS;
    double decade = Math.pow(10, Math.floor(Math.log10(rough)));
    for (double nice : NICE) {
      if (nice * decade >= rough * (1 - 1e-9)) {
        return nice * decade;
      }
    }
    return 10 * decade;
  }

  private static List<Double> niceNumbers(double from, double to) {
    List<Double> numbers = new ArrayList<>();
    int first = (int) Math.floor(Math.log10(from));
    int last = (int) Math.ceil(Math.log10(to));
    for (int power = first; power <= last; power++) {
      for (double nice : NICE) {
        double number = nice * Math.pow(10, power);
        if (number >= from * (1 - 1e-9) && number <= to * (1 + 1e-9)) {
          numbers.add(number);
        }
      }
    }
    return numbers;
  }

  private static boolean isPowerOfTen(double value) {
    double power = Math.log10(value);
    return Math.abs(power - Math.rint(power)) < 1e-9;
  }
}
