package dev.anagama.platform.config;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.util.Optional;

/**
 * Where images and checkpoints are kept: keys {@code anagama.store.*}. All but the first are for S3
 * alone.
 */
@ConfigMapping(prefix = "anagama.store")
public interface StoreConfig {
  /** The object store, {@code file:///an/absolute/folder} or {@code s3://bucket/prefix}. */
  @Allowed(StoreUri.ALLOWED)
  StoreUri uri();

  /**
   * Where the S3 server is, such as {@code https://s3.example.org}; by default Amazon's, in the
   * region. Over {@code http} whoever can listen on the network reads what is sent.
   */
  @Allowed(StoreEndpoint.ALLOWED)
  Optional<StoreEndpoint> endpoint();

  /**
   * The S3 server as the gateway's callers reach it, for links to images; by default {@code
   * endpoint}.
   */
  @Allowed(StoreEndpoint.ALLOWED)
  Optional<StoreEndpoint> publicEndpoint();

  /**
   * The region. By default {@code us-east-1} where there is an endpoint, and otherwise what the
   * environment says ({@code AWS_REGION}, the profile, the machine's own data).
   */
  Optional<String> region();

  /** Whether the bucket stands in the path, not in the host's name; most own servers need it. */
  @WithDefault("false")
  boolean pathStyle();

  /**
   * The access key. Without it, keys come from where Amazon's tools look for them: {@code
   * AWS_ACCESS_KEY_ID}, the profile, the role of the pod or the machine.
   */
  @GoesWith("secret-access-key")
  Optional<String> accessKeyId();

  /** The secret that belongs to {@code access-key-id}. */
  @GoesWith("access-key-id")
  Optional<Secret> secretAccessKey();

  /** Longest to wait for a connection, in seconds. */
  @WithDefault("3")
  @Between(min = 1, max = 60)
  int connectTimeoutSeconds();

  /** Longest that a connection may be silent, in seconds. */
  @WithDefault("10")
  @Between(min = 1, max = 600)
  int socketTimeoutSeconds();

  /** Longest for one attempt at a call, in seconds; large checkpoints over slow lines need more. */
  @WithDefault("30")
  @Between(min = 1, max = 3600)
  int attemptTimeoutSeconds();

  /** Longest for a call with all its attempts, in seconds. */
  @WithDefault("60")
  @Between(min = 1, max = 3600)
  int callTimeoutSeconds();

  /** Connections at once; a call that finds none free waits for one. */
  @WithDefault("64")
  @Between(min = 1, max = 1000)
  int maxConnections();
}
