package dev.anagama.platform.broker;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import kafka.server.KafkaConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.metadata.KRaftMetadataCache;
import org.apache.kafka.metadata.properties.MetaPropertiesEnsemble;
import org.apache.kafka.metadata.storage.Formatter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One Kafka node, broker and controller in one, on 127.0.0.1 only. Its data folder outlives it:
 * started again over the same folder, also after the process was killed, it is the same cluster
 * with the same records.
 *
 * <p>Kafka ends the whole process when its controller fails at the start, so what may well go wrong
 * (a port or a folder in use) is looked at before. What it does when the disk fails later is
 * Kafka's own: the process ends.
 *
 * <p>It logs as Kafka does, under {@code kafka}, {@code org.apache.kafka} and {@code state.change};
 * the application's log configuration decides how much of that is shown.
 */
public final class EmbeddedBroker implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(EmbeddedBroker.class);

  // Tries when a port that was free a moment ago is taken by another process.
  private static final int ATTEMPTS = 3;

  private final CombinedNode server;
  private final FileChannel lock;
  private final String bootstrapServers;

  private EmbeddedBroker(CombinedNode server, FileChannel lock, String bootstrapServers) {
    this.server = server;
    this.lock = lock;
    this.bootstrapServers = bootstrapServers;
  }

  /**
   * Starts a broker and returns when it takes requests.
   *
   * @param dataFolder its records and its identity; made and formatted if it is not there
   * @param port where clients connect, 1 to 65535, or 0 for any free one
   * @throws KafkaException if it can not start, for example because the port or folder is in use
   */
  public static EmbeddedBroker start(Path dataFolder, int port) {
    return start(dataFolder, port, List.of());
  }

  /**
   * The same, with further ports.
   *
   * @param doors for clients who reach the broker through something that forwards
   * @throws KafkaException if it can not start, for example because a port or the folder is in use
   */
  public static EmbeddedBroker start(Path dataFolder, int port, List<Door> doors) {
    if (port < 0 || port > 65535) {
      throw new IllegalArgumentException("port is %d; allowed: 0 to 65535".formatted(port));
    }
    Path folder = dataFolder.toAbsolutePath().normalize();
    if (folder.toString().contains(",")) {
      // Kafka would take it for a list.
      throw new IllegalArgumentException(
          "data folder is '%s'; allowed: a path without commas".formatted(folder));
    }
    FileChannel lock = lock(folder);
    try {
      format(folder);
      return start(folder, port, doors, lock);
    } catch (RuntimeException e) {
      unlock(lock);
      throw e;
    }
  }

  /** Where clients connect, {@code 127.0.0.1:port}. */
  public String bootstrapServers() {
    return bootstrapServers;
  }

  /** Stops the broker and waits until it has. */
  @Override
  public void close() {
    server.shutdown();
    unlock(lock);
  }

  /** What the broker goes by. */
  KRaftMetadataCache metadata() {
    return server.metadata();
  }

  private static EmbeddedBroker start(Path folder, int port, List<Door> doors, FileChannel lock) {
    doors.forEach(door -> freePort(door.port()));
    for (int attempt = 1; ; attempt++) {
      int clientPort = freePort(port);
      int controllerPort = freePort(0);
      CombinedNode server =
          new CombinedNode(
              new KafkaConfig(BrokerConfig.of(folder, clientPort, controllerPort, doors), false));
      try {
        server.startup();
        return new EmbeddedBroker(server, lock, BrokerConfig.HOST + ":" + clientPort);
      } catch (Exception e) {
        // Scala declares no exceptions, so checked ones come out of here as well.
        server.shutdown();
        if (attempt == ATTEMPTS || port != 0) {
          throw new KafkaException(
              "no broker could be started over '%s' at port %d: %s"
                  .formatted(folder, clientPort, e.getMessage()),
              e);
        }
        log.warn("broker at port {} did not start, trying another: {}", clientPort, e.toString());
      }
    }
  }

  /** The whole life of the broker goes on under this lock; the system frees it if we are killed. */
  private static FileChannel lock(Path folder) {
    try {
      Files.createDirectories(folder);
      FileChannel channel =
          FileChannel.open(
              folder.resolve("anagama.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      if (!tryLock(channel)) {
        channel.close();
        throw new KafkaException("data folder '%s' is in use by another broker".formatted(folder));
      }
      return channel;
    } catch (IOException e) {
      throw new KafkaException("data folder '%s' can not be used: %s".formatted(folder, e), e);
    }
  }

  private static boolean tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock() != null;
    } catch (OverlappingFileLockException e) {
      // It is held in this very process.
      return false;
    }
  }

  private static void unlock(FileChannel lock) {
    try {
      lock.close();
    } catch (IOException e) {
      log.warn("the broker's folder lock could not be closed", e);
    }
  }

  /** The file looked for is the last that formatting writes, so a half-done one is done again. */
  private static void format(Path folder) {
    if (Files.exists(folder.resolve(MetaPropertiesEnsemble.META_PROPERTIES_NAME))) {
      return;
    }
    try {
      new Formatter()
          .setNodeId(BrokerConfig.NODE)
          .setClusterId(Uuid.randomUuid().toString())
          .addDirectory(folder.toString())
          .setControllerListenerName(BrokerConfig.CONTROLLER)
          .setMetadataLogDirectory(folder.toString())
          .setPrintStream(
              new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8))
          .run();
    } catch (Exception e) {
      throw new KafkaException(
          "data folder '%s' could not be formatted: %s".formatted(folder, e.getMessage()), e);
    }
  }

  /** Returns {@code port}, or a free one for 0, having seen that it can be listened on. */
  private static int freePort(int port) {
    try (ServerSocket socket =
        new ServerSocket(port, 1, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}))) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new KafkaException(
          "port %d on %s can not be listened on: %s"
              .formatted(port, BrokerConfig.HOST, e.getMessage()),
          e);
    }
  }
}
