package dev.anagama.deploy.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.anagama.deploy.letters.DeadLetter;
import dev.anagama.deploy.letters.LetterContent;
import dev.anagama.deploy.letters.LetterHeaders;
import dev.anagama.deploy.letters.LetterTopic;
import java.io.PrintWriter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * Dead letters as a person reads them. What came from a sender goes to a terminal only without the
 * characters that steer one.
 */
final class LetterText {
  private static final List<String> HEADINGS =
      List.of("PLACE", "WHEN", "JOB", "TENANT", "MODEL", "CATEGORY", "ATTEMPTS", "REASON");

  private static final int MAX_BYTES_SHOWN = 1024;
  private static final int BYTES_A_LINE = 16;

  private LetterText() {}

  static void print(PrintWriter out, LetterTopic.Listing listing) {
    if (listing.letters().isEmpty()) {
      out.println("no dead letters");
      return;
    }
    List<List<String>> rows = new ArrayList<>();
    rows.add(HEADINGS);
    listing.letters().forEach(letter -> rows.add(row(letter)));
    int[] widths = new int[HEADINGS.size() - 1];
    for (List<String> row : rows) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    rows.forEach(row -> out.println(line(row, widths)));
    if (listing.matching() > listing.letters().size()) {
      out.printf(
          "the newest %d of %d; --limit shows more%n",
          listing.letters().size(), listing.matching());
    }
  }

  static void print(PrintWriter out, DeadLetter letter) {
    DeadLetter.Summary summary = letter.summary();
    out.printf(
        "dead letter %s, key %s, written %s%n",
        summary.place(),
        summary.key().map(LetterText::harmless).orElse("none"),
        summary.recordedAt());
    letter
        .all()
        .forEach(
            header ->
                out.printf(
                    "  %s: %s%n",
                    harmless(header.key()),
                    header.value() == null ? "" : harmless(new String(header.value(), UTF_8))));
    if (letter.content() instanceof LetterContent.Job some) {
      out.println(PublicJson.text(MessageJson.of(some.job())));
    } else if (letter.content() instanceof LetterContent.Undecodable bytes) {
      printBytes(out, bytes.value());
    } else {
      out.println("no value");
    }
  }

  private static List<String> row(DeadLetter.Summary letter) {
    LetterHeaders headers = letter.headers();
    return List.of(
        letter.place().toString(),
        letter.when().truncatedTo(ChronoUnit.SECONDS).toString(),
        harmless(letter.jobId().or(letter::key).orElse("")),
        letter.tenant().orElse(""),
        harmless(letter.model().orElse("")),
        harmless(headers.category().orElse("")),
        headers.attempts().map(String::valueOf).orElse(""),
        harmless(headers.reason().orElse("")));
  }

  private static String line(List<String> row, int[] widths) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < widths.length; i++) {
      line.append(row.get(i)).append(" ".repeat(widths[i] - row.get(i).length() + 2));
    }
    return line.append(row.get(widths.length)).toString().stripTrailing();
  }

  private static void printBytes(PrintWriter out, byte[] value) {
    out.printf("no job; %d bytes:%n", value.length);
    int shown = Math.min(value.length, MAX_BYTES_SHOWN);
    for (int from = 0; from < shown; from += BYTES_A_LINE) {
      int to = Math.min(shown, from + BYTES_A_LINE);
      out.printf("  %06x  %s%n", from, HexFormat.ofDelimiter(" ").formatHex(value, from, to));
    }
    if (shown < value.length) {
      out.println("  ... (--json has all of it)");
    }
  }

  private static String harmless(String text) {
    return text.replaceAll("\\p{Cntrl}", "?");
  }
}
