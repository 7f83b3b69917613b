package dev.anagama.trainer.training;

import ai.djl.Device;
import dev.anagama.trainer.data.IdxSamples;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;

/**
 * A process that trains in the folder given to it. With {@code HANG_AT} in the environment it
 * stands still once it has seen that many images, so that it can be killed there.
 */
final class TrainingProcess {
  /** Images that it trains on. */
  static final long IMAGES = 192;

  private TrainingProcess() {}

  /** What starts it. */
  static List<String> command(Path out) {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-Dai.djl.offline=true",
        "-Dai.djl.pytorch.num_threads=1",
        "-Dai.djl.pytorch.graph_optimizer=false",
        "-cp",
        System.getProperty("java.class.path"),
        TrainingProcess.class.getName(),
        out.toString());
  }

  public static void main(String[] arguments) throws IOException {
    String hangAt = System.getenv("HANG_AT");
    long last = hangAt == null ? Long.MAX_VALUE : Long.parseLong(hangAt);
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public void stepDone(long imagesSeen, long images, double loss) {
            if (imagesSeen >= last) {
              System.out.println("standing at " + imagesSeen);
              hang();
            }
          }

          @Override
          public void saved(long imagesSeen) {
            System.out.println("saved " + imagesSeen);
          }
        };
    try (TrainingLoop loop =
        new TrainingLoop(
            TinyTraining.options(IMAGES),
            IdxSamples.halves(200, 1),
            Path.of(arguments[0]),
            Device.cpu(),
            Clock.systemUTC())) {
      loop.run(listener);
    }
  }

  private static void hang() {
    try {
      Thread.sleep(Long.MAX_VALUE);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
