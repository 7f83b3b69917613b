package dev.anagama.gateway;

import dev.anagama.gateway.api.ImageDelivery;
import dev.anagama.gateway.models.JobLimits;
import dev.anagama.platform.config.Between;
import dev.anagama.platform.config.KafkaConfig;
import dev.anagama.platform.config.ResultsConfig;
import dev.anagama.platform.config.StoreConfig;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.util.Optional;

/** Everything a gateway is configured by: keys {@code anagama.*}. */
@ConfigMapping(prefix = "anagama")
public interface GatewayConfig {
  /** The gateway itself: keys {@code anagama.gateway.*}. */
  Service gateway();

  /** How Kafka is reached: keys {@code anagama.kafka.*}. */
  KafkaConfig kafka();

  /** Where results are read: keys {@code anagama.store.*}. */
  StoreConfig store();

  /** How long results are kept: keys {@code anagama.results.*}. */
  ResultsConfig results();

  /** Where the gateway listens and how much it takes on. */
  interface Service {
    /**
     * The address to listen at. Callers are not asked who they are, so an address that others can
     * reach is refused without {@link #allowRemoteWithoutKeys}.
     */
    @WithDefault("127.0.0.1")
    String host();

    /**
     * Whether whoever reaches the gateway may use it. For networks that keep others out by
     * themselves.
     */
    @WithDefault("false")
    boolean allowRemoteWithoutKeys();

    /** Port for HTTP; 0 for any that is free. */
    @WithDefault("8080")
    @Between(min = 0, max = 65535)
    int httpPort();

    /** Port for gRPC; 0 for any that is free. */
    @WithDefault("9090")
    @Between(min = 0, max = 65535)
    int grpcPort();

    /**
     * The model of jobs that name none. Left out: the one published model, as long as there is just
     * one.
     */
    Optional<String> defaultModel();

    /** Submissions in hand at once; more are refused. */
    @WithDefault("1024")
    @Between(min = 1, max = 100_000)
    int submissionsLimit();

    /** Reads of the object store in hand at once; more are refused. */
    @WithDefault("256")
    @Between(min = 1, max = 100_000)
    int storeReadsLimit();

    /** Callers that wait for a job to end at once; more are refused. */
    @WithDefault("4096")
    @Between(min = 1, max = 1_000_000)
    int waitersLimit();

    /** Jobs queued or running at once, of all gateways; more are refused. Each takes some memory. */
    @WithDefault("100000")
    @Between(min = 1, max = 10_000_000)
    int liveJobsLimit();

    /** Images that the jobs queued or running at once ask for: how long the queue may get. */
    @WithDefault("1000000")
    @Between(min = JobLimits.MAX_NUM_IMAGES, max = 100_000_000)
    long liveImagesLimit();

    /** Jobs of one tenant queued or running at once; more are refused. */
    @WithDefault("100000")
    @Between(min = 1, max = 10_000_000)
    int tenantLiveJobsLimit();

    /** Images that one tenant's jobs queued or running at once ask for; more are refused. */
    @WithDefault("1000000")
    @Between(min = JobLimits.MAX_NUM_IMAGES, max = 100_000_000)
    long tenantLiveImagesLimit();

    /** Ended jobs kept in memory; older ones are read from the object store. */
    @WithDefault("10000")
    @Between(min = 1, max = 10_000_000)
    int endedJobsKept();

    /**
     * How images are given over HTTP to requests that do not say it: {@code proxy}, the bytes, or
     * {@code redirect}, a link to the object store where it has links.
     */
    @WithDefault("proxy")
    ImageDelivery imageLinks();
  }
}
