package dev.anagama.worker;

import dev.anagama.platform.config.Allowed;
import dev.anagama.platform.config.Between;
import dev.anagama.worker.engine.EngineLimits;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** What a worker is told about itself: keys {@code anagama.worker.*}. */
public interface WorkerOptions {
  /**
   * Unique among the workers of a cluster, 1 to 64 characters of {@code [A-Za-z0-9._-]}; one that
   * stays the same over restarts lets Kafka settle at once what the process before left behind. By
   * default made of the host's name and the process id.
   */
  Optional<String> name();

  /**
   * Most network rows in one step of a device, 2 to 512: a guided image takes two, another one. By
   * default the fewest that keep the device busy, as measured for each checkpoint.
   */
  @WithDefault("auto")
  @Allowed(RowLimit.ALLOWED)
  RowLimit rowLimit();

  /** Most jobs that wait for each device of this worker, 1 to 256; others wait in Kafka. */
  @WithDefault("64")
  @Between(min = 1, max = EngineLimits.MAX_WAITING_JOBS)
  int waitingJobsLimit();

  /** Arithmetic of the networks: auto, float32 or bfloat16. */
  @WithDefault("auto")
  PrecisionChoice precision();

  /**
   * Where the networks run, an engine for each: auto (every GPU if there is one, otherwise the
   * processor), cpu, gpu (every GPU), gpu0, gpu1, ...; several joined by commas.
   */
  @WithDefault("auto")
  @Allowed(DeviceName.ALLOWED)
  List<DeviceName> devices();

  /**
   * Where checkpoints are kept on this machine; workers may share it. By default {@code
   * anagama-checkpoints} in the system's folder for temporary files.
   */
  Optional<Path> cacheFolder();

  /** At the end, how long jobs that have begun may take to finish, 0 to 3600 seconds. */
  @WithDefault("30")
  @Between(min = 0, max = 3600)
  int graceSeconds();

  /**
   * Processor threads of the networks, 1 to 1024; 0 for all there are. Engines on the processor
   * share them.
   */
  @WithDefault("0")
  @Between(min = 0, max = 1024)
  int threads();

  /** Where the health page is served over HTTP, 0 for any free port; by default there is none. */
  @Between(min = 0, max = 65535)
  OptionalInt healthPort();

  /** Address that the health page listens on. It has no authentication and holds no secrets. */
  @WithDefault("127.0.0.1")
  String healthHost();

  /** Arithmetic to choose from. */
  enum PrecisionChoice {
    /** What is best on the device. */
    AUTO,
    /** Single precision. */
    FLOAT32,
    /** Half the size, less exact. */
    BFLOAT16
  }
}
