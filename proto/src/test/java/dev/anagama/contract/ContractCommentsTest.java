package dev.anagama.contract;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Descriptors.FileDescriptor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The {@code .proto} files are read by people who have nothing else. */
class ContractCommentsTest {
  private static final Path ROOT = Path.of("src/main/protobuf");

  /** Lines that declare something: a message, enum, service, oneof, call, field or enum value. */
  private static final Pattern DECLARATION =
      Pattern.compile(
          "(message|enum|service|oneof|rpc) .*"
              + "|((optional|repeated) )?[A-Za-z][\\w.]* \\w+ = \\d+( \\[.*])?;"
              + "|[A-Z][A-Z0-9_]* = \\d+( \\[.*])?;");

  @Test
  void declarations_everyOne_hasASentenceAbove() throws IOException {
    List<String> bare = new ArrayList<>();
    int declarations = 0;
    for (String file : ReleasedContract.files().keySet()) {
      List<String> lines = Files.readAllLines(ROOT.resolve(file));
      for (int i = 0; i < lines.size(); i++) {
        if (DECLARATION.matcher(lines.get(i).strip()).matches()) {
          declarations++;
          if (i == 0 || !endsASentence(lines.get(i - 1).strip())) {
            bare.add("%s:%d: %s".formatted(file, i + 1, lines.get(i).strip()));
          }
        }
      }
    }

    assertThat(bare).as("declarations without a comment that ends in a full stop").isEmpty();
    // The pattern sees at least what the descriptors know, or it would prove nothing.
    assertThat(declarations).isGreaterThanOrEqualTo(ReleasedContract.lines().size());
  }

  @Test
  void enums_zeroAndPrefixes_followTheStyle() {
    List<String> odd = new ArrayList<>();
    for (FileDescriptor file : ReleasedContract.files().values()) {
      file.getEnumTypes()
          .forEach(
              type -> {
                String prefix = upperSnake(type.getName()) + "_";
                type.getValues().stream()
                    .filter(v -> !v.getName().startsWith(prefix))
                    .forEach(v -> odd.add(v.getFullName()));
                if (!type.findValueByNumber(0).getName().equals(prefix + "UNSPECIFIED")) {
                  odd.add(type.getFullName());
                }
              });
    }

    assertThat(odd).isEmpty();
  }

  private static boolean endsASentence(String line) {
    return line.startsWith("// ") && line.endsWith(".");
  }

  private static String upperSnake(String camel) {
    return camel.replaceAll("(?<=[a-z])(?=[A-Z])", "_").toUpperCase(Locale.ROOT);
  }
}
