package dev.anagama.platform.broker;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;

/** A broker in a process of its own, to be killed. */
final class BrokerProcess {
  private BrokerProcess() {}

  /**
   * Starts the process. When the file {@code told} is there, a record was acknowledged, and the
   * file holds the cluster's id.
   */
  static Process start(Path folder, Path told) throws IOException {
    Files.createDirectories(told.getParent());
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx256m",
            "-cp",
            System.getProperty("java.class.path"),
            BrokerProcess.class.getName(),
            folder.toString(),
            told.toString())
        .inheritIO()
        .start();
  }

  /** Takes the data folder and the file to tell by; never ends by itself. */
  public static void main(String[] args) throws Exception {
    EmbeddedBroker broker = EmbeddedBroker.start(Path.of(args[0]), 0);
    EmbeddedBrokerIT.write(EmbeddedBrokerIT.settings(broker), "kept");
    Path told = Path.of(args[1]);
    Path written = Files.writeString(Path.of(told + ".part"), EmbeddedBrokerIT.clusterId(broker));
    Files.move(written, told);
    new CountDownLatch(1).await();
  }
}
