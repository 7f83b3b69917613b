package dev.anagama.gateway.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.anagama.gateway.errors.Refusal;
import dev.anagama.gateway.errors.RefusalException;
import dev.anagama.platform.objectstore.ObjectStoreException;
import io.vertx.grpc.common.GrpcStatus;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RefusalStatusTest {
  @ParameterizedTest
  @CsvSource({
    "INVALID, 400, INVALID_ARGUMENT",
    "NOT_FOUND, 404, NOT_FOUND",
    "WRONG_METHOD, 405, UNIMPLEMENTED",
    "CONFLICT, 409, ALREADY_EXISTS",
    "NOT_YET, 409, FAILED_PRECONDITION",
    "ENDED, 409, FAILED_PRECONDITION",
    "TOO_LARGE, 413, RESOURCE_EXHAUSTED",
    "WRONG_MEDIA_TYPE, 415, UNIMPLEMENTED",
    "OVER_CAPACITY, 429, RESOURCE_EXHAUSTED",
    "UNAVAILABLE, 503, UNAVAILABLE",
    "DEFECT, 500, INTERNAL"
  })
  void of_eachCategory(Refusal.Category category, int http, String grpc) {
    RefusalStatus status = RefusalStatus.of(category);
    assertThat(status.http()).isEqualTo(http);
    assertThat(status.grpc()).isEqualTo(GrpcStatus.valueOf(grpc));
  }

  @Test
  void refusal_isFoundBehindWrappers() {
    Refusal refusal = new Refusal.NotFound("there is no job 'x'");
    assertThat(
            RefusalStatus.refusal(
                new CompletionException(new CompletionException(new RefusalException(refusal)))))
        .isEqualTo(refusal);
  }

  @Test
  void storeFailure_isUnavailable_andAnythingElseADefectThatTellsNothing() {
    assertThat(RefusalStatus.refusal(new ObjectStoreException("disk /secret is gone")))
        .isInstanceOf(Refusal.Unavailable.class)
        .extracting(Refusal::detail)
        .asString()
        .doesNotContain("secret");
    assertThat(RefusalStatus.refusal(new IllegalStateException("secret")))
        .isInstanceOf(Refusal.Defect.class)
        .extracting(Refusal::detail)
        .asString()
        .doesNotContain("secret");
  }

  @Test
  void problem_tellsWhenToTryAgain_andWhichMethodsAreAllowed() {
    assertThat(Reply.problem(new Refusal.OverCapacity("full", 5)).headers())
        .containsEntry("Retry-After", "5");
    assertThat(Reply.problem(new Refusal.Unavailable("gone", 7)).headers())
        .containsEntry("Retry-After", "7");
    assertThat(Reply.problem(new Refusal.WrongMethod("no", List.of("GET", "PUT"))).headers())
        .containsEntry("Allow", "GET, PUT");
    assertThat(Reply.problem(new Refusal.NotFound("no")).headers())
        .doesNotContainKeys("Retry-After", "Allow");
  }
}
