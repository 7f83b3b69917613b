package dev.anagama.gateway;

import dev.anagama.platform.broker.EmbeddedBroker;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;

/** A broker to be killed. */
final class BrokerProcess {
  private BrokerProcess() {}

  /** Takes the data folder and the port; says where clients connect; never ends by itself. */
  public static void main(String[] args) throws InterruptedException {
    EmbeddedBroker broker = EmbeddedBroker.start(Path.of(args[0]), Integer.parseInt(args[1]));
    System.out.println(TestProcess.SERVING + broker.bootstrapServers());
    new CountDownLatch(1).await();
  }
}
