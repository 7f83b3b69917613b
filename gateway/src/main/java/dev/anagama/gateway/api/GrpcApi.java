package dev.anagama.gateway.api;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors;
import com.google.protobuf.Message;
import com.google.protobuf.UnsafeByteOperations;
import dev.anagama.gateway.admission.Admission;
import dev.anagama.gateway.admission.AdmissionPath;
import dev.anagama.gateway.admission.CancelPath;
import dev.anagama.gateway.admission.Submission;
import dev.anagama.gateway.errors.Refusal;
import dev.anagama.gateway.errors.RefusalException;
import dev.anagama.gateway.models.ModelCatalog;
import dev.anagama.v1.CancelJobRequest;
import dev.anagama.v1.GenerationGrpcService;
import dev.anagama.v1.GetImageRequest;
import dev.anagama.v1.GetJobRequest;
import dev.anagama.v1.ImageContent;
import dev.anagama.v1.Job;
import dev.anagama.v1.ListModelsRequest;
import dev.anagama.v1.ListModelsResponse;
import dev.anagama.v1.StoredImage;
import dev.anagama.v1.SubmitJobRequest;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.grpc.common.ServiceMethod;
import io.vertx.grpc.common.ServiceName;
import io.vertx.grpc.server.GrpcServer;
import io.vertx.grpc.server.Service;
import java.util.List;
import java.util.Optional;

/** The gRPC service {@code anagama.v1.Generation}. */
public final class GrpcApi implements Service {
  private final AdmissionPath admission;
  private final CancelPath cancellation;
  private final BoundedWorkers submitters;
  private final JobReads reads;
  private final ModelCatalog catalog;

  /** Answers with those; what goes onto Kafka runs in {@code submitters}. */
  public GrpcApi(
      AdmissionPath admission,
      CancelPath cancellation,
      BoundedWorkers submitters,
      JobReads reads,
      ModelCatalog catalog) {
    this.admission = admission;
    this.cancellation = cancellation;
    this.submitters = submitters;
    this.reads = reads;
    this.catalog = catalog;
  }

  @Override
  public ServiceName name() {
    return GenerationGrpcService.SERVICE_NAME;
  }

  @Override
  public Descriptors.ServiceDescriptor descriptor() {
    return GenerationGrpcService.SERVICE_DESCRIPTOR;
  }

  @Override
  public void bind(GrpcServer server) {
    bind(server, GenerationGrpcService.SubmitJob, this::submitJob);
    bind(server, GenerationGrpcService.GetJob, this::getJob);
    bind(server, GenerationGrpcService.CancelJob, this::cancelJob);
    bind(server, GenerationGrpcService.GetImage, this::getImage);
    bind(server, GenerationGrpcService.ListModels, this::listModels);
  }

  private static <Q extends Message, A> void bind(
      GrpcServer server, ServiceMethod<Q, A> rpc, UnaryCall.Method<Q, A> method) {
    server.callHandler(rpc, call -> UnaryCall.answer(call, rpc.decoder(), method));
  }

  private Future<Job> submitJob(SubmitJobRequest request, Future<Void> abandoned) {
    Optional<String> id = Optional.of(request.getId()).filter(given -> !given.isEmpty());
    Submission submission = new Submission(id, request.getSpec(), List.of());
    return submitters.begin(() -> admission.admit(submission)).map(Admission::job);
  }

  private Future<Job> getJob(GetJobRequest request, Future<Void> abandoned) {
    int waitSeconds = request.getWaitSeconds();
    if (waitSeconds < 0 || waitSeconds > JobReads.MAX_WAIT_SECONDS) {
      throw new RefusalException(
          Refusal.Invalid.field(
              "wait_seconds", Integer.toString(waitSeconds), JobReads.WAIT_ALLOWED));
    }
    return reads.job(request.getId(), waitSeconds, abandoned);
  }

  private Future<Job> cancelJob(CancelJobRequest request, Future<Void> abandoned) {
    return submitters.begin(() -> cancellation.cancel(request.getId()));
  }

  private Future<ImageContent> getImage(GetImageRequest request, Future<Void> abandoned) {
    return reads
        .image(request.getId(), request.getIndex())
        .compose(image -> reads.bytes(image).map(bytes -> content(image.stored(), bytes)));
  }

  private Future<ListModelsResponse> listModels(ListModelsRequest request, Future<Void> abandoned) {
    return Future.succeededFuture(
        ListModelsResponse.newBuilder().addAllModels(Models.all(catalog)).build());
  }

  private static ImageContent content(StoredImage image, Buffer bytes) {
    // The array is ours alone, so it need not be copied.
    ByteString data = UnsafeByteOperations.unsafeWrap(bytes.getBytes());
    return ImageContent.newBuilder()
        .setData(data)
        .setContentType(image.getContentType())
        .setSha256(image.getSha256())
        .build();
  }
}
