package dev.anagama.worker.engine;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Tells whether a step failed for want of memory. */
final class DeviceMemory {
  /** What PyTorch's allocators say, on a GPU and on a processor; it has no type for it in Java. */
  private static final List<String> SIGNS =
      List.of("out of memory", "not enough memory", "can't allocate memory");

  private static final int MAX_CAUSES = 20;

  private DeviceMemory() {}

  static boolean exhausted(Throwable failure) {
    @Nullable Throwable at = failure;
    for (int i = 0; at != null && i < MAX_CAUSES; i++, at = at.getCause()) {
      String message = String.valueOf(at.getMessage()).toLowerCase(Locale.ROOT);
      if (at instanceof OutOfMemoryError || SIGNS.stream().anyMatch(message::contains)) {
        return true;
      }
    }
    return false;
  }
}
