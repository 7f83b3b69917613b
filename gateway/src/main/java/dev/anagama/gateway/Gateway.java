package dev.anagama.gateway;

import dev.anagama.gateway.admission.AdmissionPath;
import dev.anagama.gateway.admission.CancelPath;
import dev.anagama.gateway.admission.JobIds;
import dev.anagama.gateway.admission.JobLog;
import dev.anagama.gateway.admission.SpecResolver;
import dev.anagama.gateway.api.BoundedWorkers;
import dev.anagama.gateway.api.GrpcApi;
import dev.anagama.gateway.api.HttpApi;
import dev.anagama.gateway.api.ImageLinks;
import dev.anagama.gateway.api.JobReads;
import dev.anagama.gateway.api.Servers;
import dev.anagama.gateway.models.ModelCatalog;
import dev.anagama.gateway.retention.ResultSweeper;
import dev.anagama.gateway.status.Capacity;
import dev.anagama.gateway.status.JobArchive;
import dev.anagama.gateway.status.JobHistory;
import dev.anagama.gateway.status.JobTable;
import dev.anagama.gateway.status.JobTails;
import dev.anagama.gateway.status.KafkaWatch;
import dev.anagama.gateway.status.Load;
import dev.anagama.gateway.status.ReadMarks;
import dev.anagama.gateway.status.Readiness;
import dev.anagama.platform.kafka.KafkaEnds;
import dev.anagama.platform.kafka.KafkaSettings;
import dev.anagama.platform.kafka.Topology;
import dev.anagama.platform.objectstore.ObjectStore;
import dev.anagama.platform.objectstore.ObjectStores;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.producer.Producer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running gateway. It answers from the start; until Kafka is there and what it holds has been
 * read, {@code /readyz} says what is missing and submissions are refused as unavailable.
 */
public final class Gateway implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Gateway.class);

  /** The one tenant there is. */
  private static final String TENANT = "default";

  private static final int SUBMITTERS = 16;
  private static final int STORE_READERS = 8;
  private static final long ANSWER_TIMEOUT_MILLIS = 10_000;
  private static final long DRAIN_SECONDS = 5;
  private static final Duration PRODUCER_CLOSE = Duration.ofSeconds(5);

  private final Readiness readiness = new Readiness();
  private final Deque<AutoCloseable> opened = new ArrayDeque<>();
  private final HttpServer http;
  private final HttpServer grpc;

  /**
   * Starts a gateway and returns when it listens.
   *
   * @throws IllegalArgumentException if it would serve whoever reaches this machine, unasked
   * @throws IllegalStateException if it can not listen, for example because a port is in use
   * @throws RuntimeException if the object store or the Kafka settings can not be used
   */
  public static Gateway start(GatewayConfig config, Clock clock) {
    requirePrivate(config.gateway());
    return new Gateway(config, clock);
  }

  private Gateway(GatewayConfig config, Clock clock) {
    try {
      GatewayConfig.Service service = config.gateway();
      ObjectStore store = opened(ObjectStores.open(config.store()));
      ModelCatalog catalog = new ModelCatalog(service.defaultModel(), clock);
      Capacity capacity = new Capacity(limits(service), clock);
      JobTable table =
          new JobTable(
              new JobTable.Limits(service.endedJobsKept(), service.waitersLimit()), capacity);
      JobArchive archive = new JobArchive(store, TENANT);
      JobHistory history = new JobHistory(table, archive, readiness);
      ReadMarks marks = new ReadMarks();
      readTopics(config, catalog, new JobTails(table, marks, TENANT));

      JobLog jobs = new JobLog(producer(config), marks, readiness);
      AdmissionPath admission =
          new AdmissionPath(
              readiness,
              new SpecResolver(catalog, clock),
              jobs,
              table,
              history,
              new JobIds(clock, new SecureRandom()),
              clock,
              capacity,
              TENANT);
      CancelPath cancellation = new CancelPath(jobs, history, clock, TENANT);

      Vertx vertx = Vertx.vertx();
      opened.push(() -> await(vertx.close(), "Vert.x does not close"));
      BoundedWorkers submitters =
          new BoundedWorkers(
              vertx, "anagama-gateway-submit", SUBMITTERS, service.submissionsLimit());
      BoundedWorkers storeReaders =
          new BoundedWorkers(
              vertx, "anagama-gateway-store", STORE_READERS, service.storeReadsLimit());
      ImageLinks links = new ImageLinks(store, service.imageLinks(), clock);
      JobReads reads = new JobReads(vertx, table, history, archive, links, storeReaders);
      ResultSweeper.start(store, TENANT, config.results().keep(), clock, new SplittableRandom())
          .ifPresent(this::opened);
      HttpApi httpApi = new HttpApi(admission, cancellation, submitters, reads, catalog, readiness);
      http =
          listening(
              Servers.http(vertx, service.host(), service.httpPort(), httpApi),
              "HTTP can not listen at %s:%d".formatted(service.host(), service.httpPort()));
      GrpcApi grpcApi = new GrpcApi(admission, cancellation, submitters, reads, catalog);
      grpc =
          listening(
              Servers.grpc(vertx, service.host(), service.grpcPort(), grpcApi, readiness),
              "gRPC can not listen at %s:%d".formatted(service.host(), service.grpcPort()));
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /** There are no keys, so whoever reaches the gateway may use it. */
  private static void requirePrivate(GatewayConfig.Service service) {
    if (service.allowRemoteWithoutKeys()) {
      return;
    }
    try {
      for (InetAddress address : InetAddress.getAllByName(service.host())) {
        if (!address.isLoopbackAddress()) {
          throw new IllegalArgumentException(
              ("anagama.gateway.host is '%s', which others can reach, and callers are not asked who"
                      + " they are; allowed: a loopback address such as 127.0.0.1, or any with"
                      + " anagama.gateway.allow-remote-without-keys=true")
                  .formatted(service.host()));
        }
      }
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(
          "anagama.gateway.host is '%s'; allowed: an address of this machine"
              .formatted(service.host()),
          e);
    }
  }

  private static Capacity.Limits limits(GatewayConfig.Service service) {
    return new Capacity.Limits(
        new Load(service.liveJobsLimit(), service.liveImagesLimit()),
        new Load(service.tenantLiveJobsLimit(), service.tenantLiveImagesLimit()));
  }

  private void readTopics(GatewayConfig config, ModelCatalog catalog, JobTails jobs) {
    KafkaSettings kafka = KafkaSettings.of(config.kafka());
    opened(KafkaWatch.start(kafka, readiness));
    Topology.Options options = Topology.Options.of(config.kafka());
    opened(new TopicReaders(kafka, options, catalog, jobs, readiness)).begin();
  }

  private Producer<String, byte[]> producer(GatewayConfig config) {
    KafkaSettings kafka = KafkaSettings.of(config.kafka());
    Producer<String, byte[]> producer = KafkaEnds.producer(kafka, "anagama-gateway");
    opened.push(() -> producer.close(PRODUCER_CLOSE));
    return producer;
  }

  private <T extends AutoCloseable> T opened(T resource) {
    opened.push(resource);
    return resource;
  }

  private HttpServer listening(Future<HttpServer> listening, String otherwise) {
    HttpServer server = await(listening, otherwise);
    opened.push(
        () ->
            await(server.shutdown(DRAIN_SECONDS, TimeUnit.SECONDS), "requests in hand do not end"));
    return server;
  }

  /** The port for HTTP. */
  public int httpPort() {
    return http.actualPort();
  }

  /** The port for gRPC. */
  public int grpcPort() {
    return grpc.actualPort();
  }

  /**
   * Waits until the gateway is ready.
   *
   * @return whether it is
   */
  public boolean awaitReady(Duration timeout) throws InterruptedException {
    return readiness.await(timeout);
  }

  /**
   * Stops: takes no more requests, lets those in hand end for a few seconds, then gives back
   * everything it has opened. Jobs that were acknowledged are on Kafka and go on.
   */
  @Override
  public void close() {
    while (!opened.isEmpty()) {
      try {
        opened.pop().close();
      } catch (Exception e) {
        log.warn("closing goes on after a failure", e);
      }
    }
  }

  private static <T> T await(Future<T> future, String otherwise) {
    try {
      return future
          .toCompletionStage()
          .toCompletableFuture()
          .get(ANSWER_TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      Throwable why = e.getCause() == null ? e : e.getCause();
      throw new IllegalStateException(otherwise + ": " + why.getMessage(), why);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(otherwise + ": interrupted", e);
    }
  }
}
