package dev.anagama.deploy.standalone;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What a standalone service is started with.
 *
 * @param data everything it keeps; made if it is not there
 * @param checkpoint folder of the checkpoint that it publishes
 * @param ports where it listens
 * @param config further settings of the gateway and the worker, Java properties
 * @param settings the same by key; they win over the file
 */
public record StandaloneOptions(
    Path data, Path checkpoint, Ports ports, Optional<Path> config, Map<String, String> settings) {

  /**
   * Ports on this machine, each 0 for any free one.
   *
   * @param http of the gateway
   * @param grpc of the gateway
   * @param kafka of the broker
   */
  public record Ports(int http, int grpc, int kafka) {
    /** Any free ports. */
    public static final Ports ANY = new Ports(0, 0, 0);
  }

  /** Makes the path absolute and keeps its own copy of the settings. */
  public StandaloneOptions {
    data = data.toAbsolutePath().normalize();
    settings = Map.copyOf(settings);
  }

  Path brokerFolder() {
    return data.resolve("kafka");
  }

  /** Where images and checkpoints are kept. */
  public Path storeFolder() {
    return data.resolve("store");
  }

  /**
   * The settings of the roles, with those that follow from being in one process.
   *
   * @param bootstrapServers of the broker
   * @throws IllegalArgumentException if the settings name one of those
   */
  Map<String, String> roleSettings(String bootstrapServers) {
    Map<String, String> own =
        Map.of(
            "anagama.kafka.bootstrap-servers", bootstrapServers,
            "anagama.store.uri", storeFolder().toUri().toString(),
            "anagama.gateway.http-port", Integer.toString(ports.http()),
            "anagama.gateway.grpc-port", Integer.toString(ports.grpc()),
            // The same after a restart, so that Kafka settles at once what the process before left.
            "anagama.worker.name", "standalone",
            "anagama.worker.cache-folder", data.resolve("checkpoints").toString());
    Map<String, String> all = new HashMap<>(settings);
    own.forEach(
        (key, value) -> {
          if (all.put(key, value) != null) {
            throw new IllegalArgumentException(
                key + " can not be set here; it follows from the data folder and the port options");
          }
        });
    return all;
  }
}
