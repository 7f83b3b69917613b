package dev.anagama.worker.health;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Memory that the process holds, native arrays included. */
final class ResidentMemory {
  private static final Logger log = LoggerFactory.getLogger(ResidentMemory.class);

  private static final Path STATUS = Path.of("/proc/self/status");
  private static final String LINE = "VmRSS:";
  private static final long KIB = 1024;

  private ResidentMemory() {}

  /** As Linux tells it; empty elsewhere. */
  static OptionalLong bytes() {
    if (!Files.isReadable(STATUS)) {
      return OptionalLong.empty();
    }
    try {
      return Files.readAllLines(STATUS).stream()
          .filter(line -> line.startsWith(LINE))
          .mapToLong(line -> KIB * Long.parseLong(line.replaceAll("[^0-9]", "")))
          .findFirst();
    } catch (IOException e) {
      log.debug("cannot read {}", STATUS, e);
      return OptionalLong.empty();
    }
  }
}
