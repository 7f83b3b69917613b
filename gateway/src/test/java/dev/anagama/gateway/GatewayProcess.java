package dev.anagama.gateway;

import dev.anagama.platform.config.Settings;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/** A gateway to be killed. */
final class GatewayProcess {
  private GatewayProcess() {}

  /** Takes settings, {@code key=value} each; says its HTTP port once it is ready. */
  public static void main(String[] args) throws InterruptedException {
    Map<String, String> settings = new HashMap<>();
    for (String arg : args) {
      String[] parts = arg.split("=", 2);
      settings.put(parts[0], parts[1]);
    }
    Gateway gateway =
        Gateway.start(
            Settings.load(GatewayConfig.class, Optional.empty(), settings), Clock.systemUTC());
    if (!gateway.awaitReady(Duration.ofSeconds(60))) {
      throw new IllegalStateException("the gateway is not ready");
    }
    System.out.println(TestProcess.SERVING + gateway.httpPort());
    new CountDownLatch(1).await();
  }
}
