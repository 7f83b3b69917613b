package dev.anagama.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import com.google.protobuf.UnknownFieldSet;
import dev.anagama.v1.CancelJobRequest;
import dev.anagama.v1.GenerationGrpcClient;
import dev.anagama.v1.GenerationGrpcService;
import dev.anagama.v1.GetImageRequest;
import dev.anagama.v1.GetJobRequest;
import dev.anagama.v1.ImageContent;
import dev.anagama.v1.Job;
import dev.anagama.v1.JobSpec;
import dev.anagama.v1.JobState;
import dev.anagama.v1.ListModelsRequest;
import dev.anagama.v1.ListModelsResponse;
import dev.anagama.v1.SubmitJobRequest;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.SocketAddress;
import io.vertx.grpc.client.GrpcClient;
import io.vertx.grpc.client.GrpcClientRequest;
import io.vertx.grpc.common.GrpcMessageDecoder;
import io.vertx.grpc.common.GrpcMessageEncoder;
import io.vertx.grpc.common.GrpcStatus;
import io.vertx.grpc.common.ServiceMethod;
import io.vertx.grpc.common.ServiceName;
import io.vertx.grpc.health.v1.HealthCheckRequest;
import io.vertx.grpc.health.v1.HealthCheckResponse;
import io.vertx.grpc.reflection.v1.ServerReflectionRequest;
import io.vertx.grpc.reflection.v1.ServerReflectionResponse;
import io.vertx.grpc.reflection.v1.ServiceResponse;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GrpcGatewayIT {
  private static final JobSpec SPEC =
      JobSpec.newBuilder().setClassName("trouser").setSeed(7).build();

  @TempDir static Path folder;
  private static Harness harness;
  private static Vertx vertx;
  private static GrpcClient client;
  private static HttpClient http2;
  private static SocketAddress address;
  private static GenerationGrpcClient stub;

  @BeforeAll
  static void open() throws Exception {
    harness = new Harness(folder);
    harness.publishModel();
    Gateway gateway = harness.readyGateway(Map.of());
    vertx = Vertx.vertx();
    client = GrpcClient.client(vertx);
    http2 =
        vertx.createHttpClient(
            new HttpClientOptions()
                .setProtocolVersion(HttpVersion.HTTP_2)
                .setHttp2ClearTextUpgrade(false));
    address = SocketAddress.inetSocketAddress(gateway.grpcPort(), "127.0.0.1");
    stub = GenerationGrpcClient.create(client, address);
  }

  @AfterAll
  static void close() throws Exception {
    vertx.close().toCompletionStage().toCompletableFuture().get(2, TimeUnit.MINUTES);
    harness.close();
  }

  @Test
  void job_fromQueuedToItsImage() throws Exception {
    SubmitJobRequest request = SubmitJobRequest.newBuilder().setId("g1").setSpec(SPEC).build();
    Job queued = done(stub.submitJob(request));
    assertThat(queued.getState()).isEqualTo(JobState.JOB_STATE_QUEUED);
    assertThat(queued.getSpec().getClassLabel()).isEqualTo(1);
    assertThat(done(stub.submitJob(request))).isEqualTo(queued);
    assertThat(harness.worker.recordsOf("g1")).hasSize(1);

    Future<Job> waiting =
        stub.getJob(GetJobRequest.newBuilder().setId("g1").setWaitSeconds(60).build());
    harness.worker.succeed(harness.worker.take("g1"));
    Job ended = done(waiting);
    assertThat(ended.getState()).isEqualTo(JobState.JOB_STATE_SUCCEEDED);

    ImageContent image = done(stub.getImage(GetImageRequest.newBuilder().setId("g1").build()));
    assertThat(image.getData()).isEqualTo(ByteString.copyFrom(TestWorker.bytes("g1", 0)));
    assertThat(image.getContentType()).isEqualTo("image/png");
    assertThat(image.getSha256()).isEqualTo(ended.getImages(0).getSha256());
  }

  @Test
  void cancel_isDoneByTheWorker_andClearlyRefusedAfterAnotherEnd() throws Exception {
    CancelJobRequest cancel = CancelJobRequest.newBuilder().setId("g3").build();
    assertThat(refused("CancelJob", cancel))
        .isEqualTo(new Refused(GrpcStatus.NOT_FOUND, "there is no job 'g3'"));
    done(stub.submitJob(SubmitJobRequest.newBuilder().setId("g3").setSpec(SPEC).build()));
    assertThat(done(stub.cancelJob(cancel)).getState()).isEqualTo(JobState.JOB_STATE_QUEUED);

    harness.worker.cancelOnceAsked(harness.worker.take("g3"));
    GetJobRequest wait = GetJobRequest.newBuilder().setId("g3").setWaitSeconds(30).build();
    assertThat(done(stub.getJob(wait)).getState()).isEqualTo(JobState.JOB_STATE_CANCELED);
    assertThat(done(stub.cancelJob(cancel)).getState()).isEqualTo(JobState.JOB_STATE_CANCELED);

    done(stub.submitJob(SubmitJobRequest.newBuilder().setId("g4").setSpec(SPEC).build()));
    harness.worker.fail(harness.worker.take("g4"));
    done(stub.getJob(wait.toBuilder().setId("g4").build()));
    Refused late = refused("CancelJob", cancel.toBuilder().setId("g4").build());
    assertThat(late.status()).isEqualTo(GrpcStatus.FAILED_PRECONDITION);
    assertThat(late.message()).contains("has ended failed");
  }

  @Test
  void withoutIdAndSpec_everythingIsFilledIn() throws Exception {
    Job job = done(stub.submitJob(SubmitJobRequest.getDefaultInstance()));
    assertThat(job.getId()).hasSize(36);
    assertThat(job.getSpec().hasSeed()).isTrue();
    assertThat(job.getSpec().hasClassLabel()).isFalse();
  }

  @Test
  void models_areListed() throws Exception {
    ListModelsResponse models = done(stub.listModels(ListModelsRequest.getDefaultInstance()));
    assertThat(models.getModelsList()).hasSize(1);
    assertThat(models.getModels(0).getName()).isEqualTo(Samples.MODEL);
    assertThat(models.getModels(0).getCard()).isEqualTo(Samples.card());
    assertThat(models.getModels(0).getIsDefault()).isTrue();
  }

  @Test
  void invalid_namesEveryField() throws Exception {
    SubmitJobRequest request =
        SubmitJobRequest.newBuilder()
            .setSpec(JobSpec.newBuilder().setNumImages(65).setGuidanceScale(Double.NaN))
            .build();
    assertThat(refused("SubmitJob", request))
        .isEqualTo(
            new Refused(
                GrpcStatus.INVALID_ARGUMENT,
                "num_images is 65; allowed: an integer from 1 to 64. "
                    + "guidance_scale is NaN; allowed: a number from 1 to 50"));
    assertThat(refused("GetJob", GetJobRequest.newBuilder().setId("-").build()).status())
        .isEqualTo(GrpcStatus.INVALID_ARGUMENT);
    GetJobRequest longWait = GetJobRequest.newBuilder().setId("x").setWaitSeconds(61).build();
    assertThat(refused("GetJob", longWait).message()).contains("wait_seconds is 61");
  }

  @Test
  void unknownFields_areNamedByNumber() throws Exception {
    UnknownFieldSet unknown =
        UnknownFieldSet.newBuilder()
            .addField(99, UnknownFieldSet.Field.newBuilder().addVarint(1).build())
            .build();
    SubmitJobRequest request =
        SubmitJobRequest.newBuilder()
            .setUnknownFields(unknown)
            .setSpec(SPEC.toBuilder().setUnknownFields(unknown))
            .build();
    Refused refused = refused("SubmitJob", request);

    assertThat(refused.status()).isEqualTo(GrpcStatus.INVALID_ARGUMENT);
    assertThat(refused.message())
        .contains("field 99 of anagama.v1.SubmitJobRequest", "field 99 of anagama.v1.JobSpec");
  }

  @Test
  void otherRefusals_haveTheirStatuses() throws Exception {
    GetJobRequest nobody = GetJobRequest.newBuilder().setId("nobody").build();
    assertThat(refused("GetJob", nobody))
        .isEqualTo(new Refused(GrpcStatus.NOT_FOUND, "there is no job 'nobody'"));

    SubmitJobRequest request = SubmitJobRequest.newBuilder().setId("g2").setSpec(SPEC).build();
    done(stub.submitJob(request));
    SubmitJobRequest other = SubmitJobRequest.newBuilder().setId("g2").build();
    assertThat(refused("SubmitJob", other).status()).isEqualTo(GrpcStatus.ALREADY_EXISTS);
    GetImageRequest image = GetImageRequest.newBuilder().setId("g2").build();
    assertThat(refused("GetImage", image).status()).isEqualTo(GrpcStatus.FAILED_PRECONDITION);
    GetImageRequest none = GetImageRequest.newBuilder().setId("g2").setIndex(1).build();
    assertThat(refused("GetImage", none).status()).isEqualTo(GrpcStatus.NOT_FOUND);
    assertThat(raw("/anagama.v1.Generation/Nothing", framed(new byte[0], false)).status())
        .isEqualTo(GrpcStatus.UNIMPLEMENTED);
  }

  @Test
  void messagesThatCanNotBeRead_areRefused() throws Exception {
    String submit = "/anagama.v1.Generation/SubmitJob";
    Buffer malformed = framed(new byte[] {0x0a, 0x7f, 1}, false);
    assertThat(raw(submit, malformed).status()).isEqualTo(GrpcStatus.INVALID_ARGUMENT);
    assertThat(raw(submit, Buffer.buffer()))
        .isEqualTo(new Refused(GrpcStatus.INVALID_ARGUMENT, "the call carries no message"));
    assertThat(raw(submit, framed(new byte[65 * 1024], false)))
        .isEqualTo(
            new Refused(
                GrpcStatus.RESOURCE_EXHAUSTED, "the message is too large; allowed: 65536 bytes"));
    assertThat(raw(submit, framed(new byte[] {1, 2, 3}, true)).status())
        .isEqualTo(GrpcStatus.UNIMPLEMENTED);
  }

  @Test
  void reflection_listsTheServices_andDescribesOurs() throws Exception {
    ServiceMethod<ServerReflectionResponse, ServerReflectionRequest> reflect =
        ServiceMethod.client(
            ServiceName.create("grpc.reflection.v1.ServerReflection"),
            "ServerReflectionInfo",
            GrpcMessageEncoder.encoder(),
            GrpcMessageDecoder.decoder(ServerReflectionResponse.newBuilder()));
    ServerReflectionRequest list = ServerReflectionRequest.newBuilder().setListServices("").build();
    assertThat(done(call(reflect, list)).getListServicesResponse().getServiceList())
        .extracting(ServiceResponse::getName)
        .contains(
            "anagama.v1.Generation",
            "grpc.health.v1.Health",
            "grpc.reflection.v1.ServerReflection");
    ServerReflectionRequest ours =
        ServerReflectionRequest.newBuilder()
            .setFileContainingSymbol("anagama.v1.Generation")
            .build();
    assertThat(done(call(reflect, ours)).getFileDescriptorResponse().getFileDescriptorProtoCount())
        .isGreaterThan(1);
  }

  @Test
  void health_isServing() throws Exception {
    ServiceMethod<HealthCheckResponse, HealthCheckRequest> check =
        ServiceMethod.client(
            ServiceName.create("grpc.health.v1.Health"),
            "Check",
            GrpcMessageEncoder.encoder(),
            GrpcMessageDecoder.decoder(HealthCheckResponse.newBuilder()));
    HealthCheckRequest ours =
        HealthCheckRequest.newBuilder()
            .setService(GenerationGrpcService.SERVICE_NAME.fullyQualifiedName())
            .build();
    assertThat(done(call(check, ours)).getStatus())
        .isEqualTo(HealthCheckResponse.ServingStatus.SERVING);
  }

  @Test
  void callerWhoCancels_makesRoomForAnother() throws Exception {
    try (Gateway small = harness.readyGateway(Map.of("waiters-limit", "1"))) {
      SocketAddress at = SocketAddress.inetSocketAddress(small.grpcPort(), "127.0.0.1");
      GenerationGrpcClient other = GenerationGrpcClient.create(client, at);
      done(other.submitJob(SubmitJobRequest.newBuilder().setId("left-2").setSpec(SPEC).build()));
      GetJobRequest.Builder wait = GetJobRequest.newBuilder().setId("left-2");
      GrpcClientRequest<GetJobRequest, Job> leaving =
          done(client.request(at, GenerationGrpcClient.GetJob));
      leaving
          .end(wait.setWaitSeconds(60).build())
          .toCompletionStage()
          .toCompletableFuture()
          .get(2, TimeUnit.MINUTES);
      GetJobRequest brief = wait.setWaitSeconds(1).build();
      await().until(() -> done(other.getJob(brief).map(false).otherwise(true)));
      leaving.cancel();
      await().until(() -> done(other.getJob(brief).map(true).otherwise(false)));
    }
  }

  @Test
  void overCapacity_isResourceExhausted_andSaysWhenToTryAgain() throws Exception {
    SubmitJobRequest request = SubmitJobRequest.newBuilder().setId("full-1").setSpec(SPEC).build();
    done(stub.submitJob(request));
    try (Gateway small = harness.readyGateway(Map.of("tenant-live-jobs-limit", "1"))) {
      SocketAddress at = SocketAddress.inetSocketAddress(small.grpcPort(), "127.0.0.1");
      HttpClientResponse response =
          response(
              at,
              "/anagama.v1.Generation/SubmitJob",
              framed(request.toBuilder().setId("full-2").build().toByteArray(), false));

      Refused refused = refused(response);
      assertThat(refused.status()).isEqualTo(GrpcStatus.RESOURCE_EXHAUSTED);
      assertThat(refused.message()).contains("of tenant 'default'", "tenant-live-jobs-limit");
      assertThat(Integer.parseInt(headerOrTrailer(response, "retry-after"))).isBetween(1, 60);
    }
  }

  @Test
  void deadlineInThePast_isInvalid() throws Exception {
    SubmitJobRequest request =
        SubmitJobRequest.newBuilder()
            .setSpec(SPEC.toBuilder().setDeadline(Samples.time(-1_000_000_000)))
            .build();
    Refused refused = refused("SubmitJob", request);

    assertThat(refused.status()).isEqualTo(GrpcStatus.INVALID_ARGUMENT);
    assertThat(refused.message()).startsWith("deadline is 1994-04-24");
  }

  private record Refused(GrpcStatus status, String message) {}

  private static <Q, A> Future<A> call(ServiceMethod<A, Q> method, Q request) {
    return client
        .request(address, method)
        .compose(
            call -> {
              // Whoever listens only after sending may come after the answer's end.
              Future<A> last = call.response().compose(response -> response.last());
              return call.end(request).compose(sent -> last);
            });
  }

  private static Refused refused(String method, Message request) throws Exception {
    return raw("/anagama.v1.Generation/" + method, framed(request.toByteArray(), false));
  }

  private static Refused raw(String path, Buffer body) throws Exception {
    return refused(response(address, path, body));
  }

  /** Sends bytes as they are: what no stub would send can only be told this way. */
  private static HttpClientResponse response(SocketAddress to, String path, Buffer body)
      throws Exception {
    return done(
        http2
            .request(HttpMethod.POST, to.port(), to.host(), path)
            .compose(
                request -> {
                  // Whoever listens only after sending may come after the answer's end.
                  Future<HttpClientResponse> whole =
                      request.response().compose(response -> response.end().map(end -> response));
                  return request
                      .putHeader("content-type", "application/grpc")
                      .putHeader("te", "trailers")
                      .putHeader("grpc-encoding", "gzip")
                      .end(body)
                      .compose(sent -> whole);
                }));
  }

  private static Refused refused(HttpClientResponse response) {
    return new Refused(
        GrpcStatus.valueOf(Integer.parseInt(headerOrTrailer(response, "grpc-status"))),
        URLDecoder.decode(headerOrTrailer(response, "grpc-message"), StandardCharsets.UTF_8));
  }

  private static String headerOrTrailer(HttpClientResponse response, String name) {
    String header = response.getHeader(name);
    String value = header == null ? response.getTrailer(name) : header;
    return value == null ? "" : value;
  }

  private static Buffer framed(byte[] message, boolean compressed) {
    return Buffer.buffer()
        .appendByte((byte) (compressed ? 1 : 0))
        .appendInt(message.length)
        .appendBytes(message);
  }

  private static <T> T done(Future<T> future) throws Exception {
    return Objects.requireNonNull(
        future.toCompletionStage().toCompletableFuture().get(2, TimeUnit.MINUTES), "answer");
  }
}
