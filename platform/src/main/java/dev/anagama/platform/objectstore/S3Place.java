package dev.anagama.platform.objectstore;

import java.net.URI;
import java.util.Optional;

/**
 * Which part of which bucket holds the objects.
 *
 * @param bucket the bucket's name
 * @param prefix what each of our keys has before it in the bucket: empty, or ended by a slash
 * @param server the server, for messages
 */
record S3Place(String bucket, String prefix, String server) {
  /** The key in the bucket. */
  String stored(String key) {
    return prefix + key;
  }

  /** Our key for one of the bucket; empty if it is none of ours. */
  Optional<String> ours(String stored) {
    return Optional.of(stored)
        .filter(key -> key.startsWith(prefix))
        .map(key -> key.substring(prefix.length()))
        .filter(ObjectKeys::isWellFormed);
  }

  URI uri(String key) {
    return URI.create("s3://" + bucket + "/" + stored(key));
  }
}
