package dev.anagama.gateway.api;

import dev.anagama.gateway.errors.Refusal;
import dev.anagama.gateway.errors.RefusalException;
import dev.anagama.platform.objectstore.ObjectStoreException;
import io.vertx.grpc.common.GrpcStatus;
import java.util.concurrent.CompletionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What each kind of refusal is in each protocol; the one place that says so.
 *
 * @param http HTTP status
 * @param grpc gRPC status
 */
record RefusalStatus(int http, GrpcStatus grpc) {
  private static final Logger log = LoggerFactory.getLogger(RefusalStatus.class);

  private static final int RETRY_AFTER_SECONDS = 2;

  /** The statuses of a kind. */
  static RefusalStatus of(Refusal.Category category) {
    return switch (category) {
      case INVALID -> new RefusalStatus(400, GrpcStatus.INVALID_ARGUMENT);
      case NOT_FOUND -> new RefusalStatus(404, GrpcStatus.NOT_FOUND);
      case GONE -> new RefusalStatus(410, GrpcStatus.NOT_FOUND);
      case WRONG_METHOD -> new RefusalStatus(405, GrpcStatus.UNIMPLEMENTED);
      case CONFLICT -> new RefusalStatus(409, GrpcStatus.ALREADY_EXISTS);
      case NOT_YET, ENDED -> new RefusalStatus(409, GrpcStatus.FAILED_PRECONDITION);
      case TOO_LARGE -> new RefusalStatus(413, GrpcStatus.RESOURCE_EXHAUSTED);
      case WRONG_MEDIA_TYPE -> new RefusalStatus(415, GrpcStatus.UNIMPLEMENTED);
      case OVER_CAPACITY -> new RefusalStatus(429, GrpcStatus.RESOURCE_EXHAUSTED);
      case UNAVAILABLE -> new RefusalStatus(503, GrpcStatus.UNAVAILABLE);
      case DEFECT -> new RefusalStatus(500, GrpcStatus.INTERNAL);
    };
  }

  /** What is refused when handling a request ended in {@code failure}. */
  static Refusal refusal(Throwable failure) {
    Throwable cause = failure;
    while (cause instanceof CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    if (cause instanceof RefusalException e) {
      return e.refusal();
    }
    if (cause instanceof ObjectStoreException) {
      // It says by itself what failed where; the way to it would be told again for every request.
      log.warn("the object store failed a request: {}", cause.getMessage());
      return new Refusal.Unavailable("the object store does not answer", RETRY_AFTER_SECONDS);
    }
    log.error("a request failed by a defect", cause);
    return new Refusal.Defect("the gateway failed; its log says why");
  }

  /** Seconds after which to try again; 0 where that would not help. */
  static int retryAfterSeconds(Refusal refusal) {
    if (refusal instanceof Refusal.OverCapacity over) {
      return over.retryAfterSeconds();
    }
    if (refusal instanceof Refusal.Unavailable unavailable) {
      return unavailable.retryAfterSeconds();
    }
    return 0;
  }
}
