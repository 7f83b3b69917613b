package dev.anagama.bench.faults;

import dev.anagama.platform.broker.Door;
import dev.anagama.platform.broker.EmbeddedBroker;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** A Kafka broker as a process. */
final class BrokerMain {
  private BrokerMain() {}

  static List<String> arguments(Path folder, int port, List<Door> doors) {
    List<String> arguments = new ArrayList<>(List.of(folder.toString(), Integer.toString(port)));
    doors.forEach(door -> arguments.add(door.port() + ":" + door.forwarderPort()));
    return arguments;
  }

  /** Takes the data folder, the port, and a {@code port:forwarder} for each door; never ends. */
  public static void main(String[] args) throws InterruptedException {
    List<Door> doors = new ArrayList<>();
    for (String door : List.of(args).subList(2, args.length)) {
      int colon = door.indexOf(':');
      doors.add(
          new Door(
              Integer.parseInt(door.substring(0, colon)),
              Integer.parseInt(door.substring(colon + 1))));
    }
    EmbeddedBroker broker =
        EmbeddedBroker.start(Path.of(args[0]), Integer.parseInt(args[1]), doors);
    try (broker) {
      new CountDownLatch(1).await();
    }
  }
}
