package dev.anagama.deploy.client;

import dev.anagama.deploy.client.CallException.Reason;
import dev.anagama.v1.CancelJobRequest;
import dev.anagama.v1.GenerationGrpcClient;
import dev.anagama.v1.GetImageRequest;
import dev.anagama.v1.GetJobRequest;
import dev.anagama.v1.ImageContent;
import dev.anagama.v1.Job;
import dev.anagama.v1.ListModelsRequest;
import dev.anagama.v1.Model;
import dev.anagama.v1.SubmitJobRequest;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.SocketAddress;
import io.vertx.grpc.client.GrpcClient;
import io.vertx.grpc.client.GrpcClientOptions;
import io.vertx.grpc.client.GrpcClientResponse;
import io.vertx.grpc.common.GrpcStatus;
import io.vertx.grpc.common.ServiceMethod;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Blocking calls of one gateway. The methods of the service are those generated from its {@code
 * .proto}; the call itself is made here, because the generated stub drops the message of an error.
 *
 * <p>Every method throws {@link CallException} when there is no good answer, and {@link
 * CancellationException} when the thread is interrupted. Any thread may call.
 */
public final class GatewayClient implements AutoCloseable {
  /** Largest answer that is read, in bytes: an image of the largest size, and some. */
  public static final long MAX_MESSAGE_BYTES = 64L << 20;

  /** Longest that one call of {@link #get} can wait for a job, in seconds. */
  public static final int MAX_WAIT_SECONDS = 60;

  private static final Duration CONNECT = Duration.ofSeconds(5);
  private static final Duration CALL = Duration.ofSeconds(30);
  private static final Duration CLOSE = Duration.ofSeconds(5);

  private final ServerAddress server;
  private final Vertx vertx;
  private final GrpcClient calls;
  private final SocketAddress address;

  private GatewayClient(ServerAddress server, Vertx vertx, GrpcClient calls) {
    this.server = server;
    this.vertx = vertx;
    this.calls = calls;
    this.address = SocketAddress.inetSocketAddress(server.port(), server.host());
  }

  /** A client of that gateway; the first call connects. */
  public static GatewayClient of(ServerAddress server) {
    Vertx vertx =
        Vertx.vertx(
            new VertxOptions()
                .setEventLoopPoolSize(1)
                .setWorkerPoolSize(1)
                .setInternalBlockingPoolSize(1)
                // Nothing is served from files here, and a cache would leave a folder behind if the
                // process is killed.
                .setFileSystemOptions(
                    new FileSystemOptions()
                        .setFileCachingEnabled(false)
                        .setClassPathResolvingEnabled(false)));
    GrpcClient calls =
        GrpcClient.client(
            vertx,
            new GrpcClientOptions().setMaxMessageSize(MAX_MESSAGE_BYTES),
            new HttpClientOptions()
                .setProtocolVersion(HttpVersion.HTTP_2)
                .setHttp2ClearTextUpgrade(false)
                .setConnectTimeout(Math.toIntExact(CONNECT.toMillis())));
    return new GatewayClient(server, vertx, calls);
  }

  /** Sends a job and returns it as the gateway accepted it. */
  public Job submit(SubmitJobRequest request) {
    return call(GenerationGrpcClient.SubmitJob, request, CALL);
  }

  /**
   * Reads a job.
   *
   * @param waitSeconds longest to wait for it to end, 0 to {@value #MAX_WAIT_SECONDS}
   */
  public Job get(String id, int waitSeconds) {
    return call(
        GenerationGrpcClient.GetJob,
        GetJobRequest.newBuilder().setId(id).setWaitSeconds(waitSeconds).build(),
        CALL.plusSeconds(waitSeconds));
  }

  /** Asks for a job to end and returns it as it stands. */
  public Job cancel(String id) {
    return call(
        GenerationGrpcClient.CancelJob, CancelJobRequest.newBuilder().setId(id).build(), CALL);
  }

  /** Reads image {@code index} of a job that succeeded. */
  public ImageContent image(String id, int index) {
    return call(
        GenerationGrpcClient.GetImage,
        GetImageRequest.newBuilder().setId(id).setIndex(index).build(),
        CALL);
  }

  /** The models that can be asked for, by name. */
  public List<Model> models() {
    return call(GenerationGrpcClient.ListModels, ListModelsRequest.getDefaultInstance(), CALL)
        .getModelsList();
  }

  /** Closes the connection and waits until its thread has ended. */
  @Override
  public void close() {
    await(calls.close().eventually(vertx::close), CLOSE);
  }

  private <A, Q> A call(ServiceMethod<A, Q> method, Q request, Duration limit) {
    return await(
        calls
            .request(address, method)
            .compose(
                call ->
                    call.timeout(limit.toMillis(), TimeUnit.MILLISECONDS)
                        .send(request)
                        .compose(this::answer)),
        limit.plus(CONNECT));
  }

  private <A> Future<A> answer(GrpcClientResponse<?, A> response) {
    return response
        .last()
        .recover(
            failure -> {
              GrpcStatus status = response.status();
              return Future.failedFuture(
                  status == null || status == GrpcStatus.OK
                      ? failure
                      : refused(status, message(response).orElse("no reason given")));
            });
  }

  /** The reason stands in the headers, or in the trailers when the headers were sent before it. */
  private static Optional<String> message(GrpcClientResponse<?, ?> response) {
    return Optional.ofNullable(response.statusMessage())
        .or(() -> Optional.ofNullable(response.trailers().get("grpc-message")))
        .filter(message -> !message.isBlank());
  }

  private CallException refused(GrpcStatus status, String message) {
    return switch (status) {
      case INVALID_ARGUMENT, ALREADY_EXISTS -> new CallException(Reason.REFUSED, message);
      case NOT_FOUND, FAILED_PRECONDITION -> new CallException(Reason.FAILED, message);
      case UNAVAILABLE, RESOURCE_EXHAUSTED, DEADLINE_EXCEEDED ->
          new CallException(
              Reason.UNAVAILABLE, "%s is not available now: %s".formatted(server, message));
      case OK,
          CANCELLED,
          UNKNOWN,
          PERMISSION_DENIED,
          ABORTED,
          OUT_OF_RANGE,
          UNIMPLEMENTED,
          INTERNAL,
          DATA_LOSS,
          UNAUTHENTICATED ->
          new CallException(Reason.FAILED, "%s answered %s: %s".formatted(server, status, message));
    };
  }

  private <T> T await(Future<T> future, Duration limit) {
    try {
      return future
          .toCompletionStage()
          .toCompletableFuture()
          .get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      Throwable cause = Objects.requireNonNullElse(e.getCause(), e);
      if (cause instanceof CallException refused) {
        throw refused;
      }
      throw new CallException(
          Reason.UNAVAILABLE,
          "no answer from %s: %s; is the gRPC port of a running gateway there?"
              .formatted(server, cause.getMessage()),
          e);
    } catch (TimeoutException e) {
      throw new CallException(
          Reason.UNAVAILABLE, "no answer from %s in %d s".formatted(server, limit.toSeconds()), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("interrupted while waiting for " + server);
    }
  }
}
