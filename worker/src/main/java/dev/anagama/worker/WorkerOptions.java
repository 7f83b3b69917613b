package dev.anagama.worker;

import dev.anagama.platform.config.Between;
import dev.anagama.worker.engine.EngineLimits;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.util.Optional;

/** What a worker is told about itself: keys {@code anagama.worker.*}. */
public interface WorkerOptions {
  /**
   * Unique among the workers of a cluster, 1 to 64 characters of {@code [A-Za-z0-9._-]}; one that
   * stays the same over restarts lets Kafka settle at once what the process before left behind. By
   * default made of the host's name and the process id.
   */
  Optional<String> name();

  /**
   * Most network rows in one step, 2 to 512: a guided image takes two, another one. It bounds the
   * device's memory.
   */
  @WithDefault("32")
  @Between(min = 2, max = EngineLimits.MAX_ROWS)
  int rowLimit();

  /** Most jobs that wait in this worker to begin, 1 to 256; others wait in Kafka. */
  @WithDefault("64")
  @Between(min = 1, max = EngineLimits.MAX_WAITING_JOBS)
  int waitingJobsLimit();

  /** Arithmetic of the networks: auto, float32 or bfloat16. */
  @WithDefault("auto")
  PrecisionChoice precision();

  /** Where the networks run: auto (a GPU if there is one), cpu or gpu. */
  @WithDefault("auto")
  DeviceChoice device();

  /**
   * Where checkpoints are kept on this machine; workers may share it. By default {@code
   * anagama-checkpoints} in the system's folder for temporary files.
   */
  Optional<Path> cacheFolder();

  /** At the end, how long jobs that have begun may take to finish, 0 to 3600 seconds. */
  @WithDefault("30")
  @Between(min = 0, max = 3600)
  int graceSeconds();

  /** Processor threads of the networks, 1 to 1024; 0 for all there are. */
  @WithDefault("0")
  @Between(min = 0, max = 1024)
  int threads();

  /** Arithmetic to choose from. */
  enum PrecisionChoice {
    /** What is best on the device. */
    AUTO,
    /** Single precision. */
    FLOAT32,
    /** Half the size, less exact. */
    BFLOAT16
  }

  /** Devices to choose from. */
  enum DeviceChoice {
    /** A GPU if there is one, otherwise the processor. */
    AUTO,
    /** The processor. */
    CPU,
    /** The first GPU. */
    GPU
  }
}
