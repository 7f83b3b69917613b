package dev.anagama.gateway.api;

import com.google.protobuf.Message;
import dev.anagama.gateway.errors.FieldProblem;
import dev.anagama.gateway.errors.Refusal;
import dev.anagama.gateway.errors.RefusalException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.grpc.common.CodecException;
import io.vertx.grpc.common.GrpcMessage;
import io.vertx.grpc.common.GrpcMessageDecoder;
import io.vertx.grpc.server.GrpcServerRequest;
import io.vertx.grpc.server.GrpcServerResponse;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One call with one message each way. It stands in for the generated binding, which resets the
 * stream where a message can not be decoded and never answers a call without one; here both are
 * refusals with a status. Used on the call's context alone.
 */
final class UnaryCall<Q extends Message, A> {
  /** A method of the service; the future given to it completes when the caller is gone. */
  @FunctionalInterface
  interface Method<Q, A> {
    Future<A> call(Q request, Future<Void> abandoned);
  }

  private final GrpcServerRequest<Q, A> call;
  private final GrpcMessageDecoder<Q> decoder;
  private final Method<Q, A> method;
  private final Promise<Void> abandoned = Promise.promise();
  private boolean begun;

  private UnaryCall(
      GrpcServerRequest<Q, A> call, GrpcMessageDecoder<Q> decoder, Method<Q, A> method) {
    this.call = call;
    this.decoder = decoder;
    this.method = method;
  }

  /** Answers {@code call} with what {@code method} makes of its message. */
  static <Q extends Message, A> void answer(
      GrpcServerRequest<Q, A> call, GrpcMessageDecoder<Q> decoder, Method<Q, A> method) {
    UnaryCall<Q, A> unary = new UnaryCall<>(call, decoder, method);
    call.errorHandler(error -> unary.abandoned.tryComplete());
    call.exceptionHandler(failure -> unary.abandoned.tryComplete());
    call.messageHandler(unary::message);
    call.invalidMessageHandler(
        tooLarge ->
            unary.begin(
                () ->
                    refused(
                        new Refusal.TooLarge(
                            "the message is too large; allowed: %d bytes"
                                .formatted(HttpRoutes.MAX_BODY_BYTES)))));
    call.endHandler(
        end ->
            unary.begin(
                () -> refused(new Refusal.Invalid("the call carries no message", List.of()))));
  }

  @FunctionalInterface
  private interface Answering<A> {
    Future<A> answer();
  }

  private void message(GrpcMessage message) {
    begin(() -> method.call(decoded(message), abandoned.future()));
  }

  /** Begins to answer, once. */
  private void begin(Answering<A> answering) {
    if (begun) {
      return;
    }
    begun = true;
    Future<A> answer;
    try {
      answer = answering.answer();
    } catch (RuntimeException e) {
      answer = Future.failedFuture(e);
    }
    answer.onComplete(this::end);
  }

  private Q decoded(GrpcMessage message) {
    if (!message.encoding().equals("identity")) {
      throw new RefusalException(
          new Refusal.WrongMediaType(
              "grpc-encoding is '%s'; allowed: identity".formatted(message.encoding())));
    }
    Q request;
    try {
      request = decoder.decode(message);
    } catch (CodecException e) {
      throw new RefusalException(
          new Refusal.Invalid("the message can not be decoded: " + e.getMessage(), List.of()));
    }
    List<FieldProblem> unknown = UnknownFields.in(request);
    if (!unknown.isEmpty()) {
      throw new RefusalException(Refusal.Invalid.fields(unknown));
    }
    return request;
  }

  private void end(@Nullable A answer, @Nullable Throwable failure) {
    if (abandoned.future().isComplete()) {
      return;
    }
    GrpcServerResponse<Q, A> response = call.response();
    if (answer != null) {
      response.end(answer);
      return;
    }
    Refusal refusal =
        RefusalStatus.refusal(failure == null ? new AssertionError("no answer") : failure);
    int retryAfterSeconds = RefusalStatus.retryAfterSeconds(refusal);
    if (retryAfterSeconds > 0) {
      response.trailers().set("retry-after", Integer.toString(retryAfterSeconds));
    }
    response
        .status(RefusalStatus.of(refusal.category()).grpc())
        .statusMessage(refusal.detail())
        .end();
  }

  private static <A> Future<A> refused(Refusal refusal) {
    return Future.failedFuture(new RefusalException(refusal));
  }
}
