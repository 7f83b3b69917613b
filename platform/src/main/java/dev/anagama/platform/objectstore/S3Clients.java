package dev.anagama.platform.objectstore;

import dev.anagama.platform.config.StoreConfig;
import dev.anagama.platform.config.StoreEndpoint;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.regions.providers.DefaultAwsRegionProviderChain;
import software.amazon.awssdk.retries.StandardRetryStrategy;
import software.amazon.awssdk.retries.api.BackoffStrategy;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3Configuration;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.presigner.S3Presigner;

/** Makes the clients that a configuration asks for. */
final class S3Clients {
  /** Attempts at one call, the first among them. */
  static final int MAX_ATTEMPTS = 4;

  // Jittered: a pause is drawn between nothing and twice the one before.
  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

  private static final Region ANY_REGION = Region.US_EAST_1;

  private final StoreConfig config;
  private final AwsCredentialsProvider keys;
  private final Region region;

  /**
   * Takes the configuration.
   *
   * @throws IllegalArgumentException if no region is known
   */
  S3Clients(StoreConfig config) {
    this.config = config;
    this.keys = keys(config);
    this.region = region(config);
  }

  /** The server, for messages. */
  String server() {
    return config
        .endpoint()
        .map(endpoint -> endpoint.uri().toString())
        .orElseGet(() -> "Amazon S3 in " + region);
  }

  S3Client client() {
    return S3Client.builder()
        .region(region)
        .credentialsProvider(keys)
        .endpointOverride(endpoint(config.endpoint()))
        .forcePathStyle(config.pathStyle())
        // The newer checksums travel in trailers, which many servers do not take; ours is in the
        // metadata, and Content-MD5 is understood everywhere.
        .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
        .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
        .serviceConfiguration(S3Configuration.builder().chunkedEncodingEnabled(false).build())
        .httpClientBuilder(
            Apache5HttpClient.builder()
                .maxConnections(config.maxConnections())
                .connectionTimeout(Duration.ofSeconds(config.connectTimeoutSeconds()))
                .connectionAcquisitionTimeout(Duration.ofSeconds(config.socketTimeoutSeconds()))
                .socketTimeout(Duration.ofSeconds(config.socketTimeoutSeconds())))
        .overrideConfiguration(
            all ->
                all.retryStrategy(retries())
                    .apiCallAttemptTimeout(Duration.ofSeconds(config.attemptTimeoutSeconds()))
                    .apiCallTimeout(Duration.ofSeconds(config.callTimeoutSeconds())))
        .build();
  }

  /** Makes links; it never connects. */
  S3Presigner presigner() {
    return S3Presigner.builder()
        .region(region)
        .credentialsProvider(keys)
        .endpointOverride(endpoint(config.publicEndpoint().or(config::endpoint)))
        .serviceConfiguration(
            S3Configuration.builder().pathStyleAccessEnabled(config.pathStyle()).build())
        .build();
  }

  /**
   * Every call may be repeated: the conditional one finds out by itself whether an earlier attempt
   * was its own. When most calls fail, retries stop until some succeed again.
   */
  private static StandardRetryStrategy retries() {
    return AwsRetryStrategy.standardRetryStrategy().toBuilder()
        .maxAttempts(MAX_ATTEMPTS)
        .backoffStrategy(BackoffStrategy.exponentialDelay(FIRST_PAUSE, LONGEST_PAUSE))
        .throttlingBackoffStrategy(BackoffStrategy.exponentialDelay(FIRST_PAUSE, LONGEST_PAUSE))
        // S3: another write to the key was under way; only a new attempt can tell how that ended.
        .retryOnException(e -> e instanceof S3Exception answer && answer.statusCode() == 409)
        .build();
  }

  private static AwsCredentialsProvider keys(StoreConfig config) {
    return config
        .accessKeyId()
        .<AwsCredentialsProvider>map(
            id ->
                StaticCredentialsProvider.create(
                    AwsBasicCredentials.create(id, config.secretAccessKey().orElseThrow().value())))
        .orElseGet(() -> DefaultCredentialsProvider.builder().build());
  }

  private static Region region(StoreConfig config) {
    if (config.region().isPresent()) {
      return Region.of(config.region().get());
    }
    if (config.endpoint().isPresent()) {
      return ANY_REGION;
    }
    try {
      return new DefaultAwsRegionProviderChain().getRegion();
    } catch (SdkClientException e) {
      throw new IllegalArgumentException(
          "anagama.store.region is missing, and neither the environment nor the machine says one;"
              + " allowed: a region such as eu-central-1, or an anagama.store.endpoint",
          e);
    }
  }

  private static @Nullable URI endpoint(Optional<StoreEndpoint> endpoint) {
    return endpoint.map(StoreEndpoint::uri).orElse(null);
  }
}
