package dev.anagama.worker;

import dev.anagama.platform.config.Settings;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/** A worker in a process of its own, to be killed. */
final class WorkerProcess {
  private WorkerProcess() {}

  static Process start(Map<String, String> settings) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx512m");
    command.add("-Dai.djl.offline=true");
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(WorkerProcess.class.getName());
    settings.forEach((key, value) -> command.add(key + "=" + value));
    return new ProcessBuilder(command).inheritIO().start();
  }

  /** Takes settings, {@code key=value}; never ends by itself. */
  public static void main(String[] args) throws Exception {
    Map<String, String> settings = new HashMap<>();
    for (String arg : args) {
      settings.put(arg.substring(0, arg.indexOf('=')), arg.substring(arg.indexOf('=') + 1));
    }
    Worker.start(Settings.load(WorkerConfig.class, Optional.empty(), settings), Clock.systemUTC());
    new CountDownLatch(1).await();
  }
}
