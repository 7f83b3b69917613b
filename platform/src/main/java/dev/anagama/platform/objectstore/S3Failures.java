package dev.anagama.platform.objectstore;

import java.net.ConnectException;
import java.net.UnknownHostException;
import java.util.Optional;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** Says what went wrong with a call to S3, where, and what to do about it. */
final class S3Failures {
  private final S3Place place;

  S3Failures(S3Place place) {
    this.place = place;
  }

  /** The failure of a call for an object; {@code done} is what was to be, such as "read". */
  ObjectStoreException of(String done, String key, SdkException e) {
    // A reason of our own, found while the answer was read.
    if (e.getCause() instanceof ObjectStoreException ours) {
      return ours;
    }
    return new ObjectStoreException(
        "object '%s' could not be %s: %s".formatted(place.stored(key), done, where(e)), e);
  }

  /** The failure of a call for the whole bucket. */
  ObjectStoreException ofBucket(String done, SdkException e) {
    return new ObjectStoreException("the objects could not be %s: %s".formatted(done, where(e)), e);
  }

  private String where(SdkException e) {
    return "bucket '%s' of %s: %s".formatted(place.bucket(), place.server(), what(e));
  }

  private String what(SdkException e) {
    if (e instanceof S3Exception answer) {
      String said = code(answer).orElseGet(() -> String.valueOf(answer.getMessage()));
      String request =
          answer.requestId() == null ? "" : " (request %s)".formatted(answer.requestId());
      String advice = advice(answer);
      return "%d %s%s%s"
          .formatted(answer.statusCode(), said, request, advice.isEmpty() ? "" : "; " + advice);
    }
    if (e instanceof ApiCallTimeoutException || e instanceof ApiCallAttemptTimeoutException) {
      return "no answer in time (%s)".formatted(e.getMessage());
    }
    Throwable root = root(e);
    if (root instanceof UnknownHostException) {
      return "there is no host '%s'; %s"
          .formatted(
              root.getMessage(),
              "see anagama.store.endpoint, and anagama.store.path-style if the bucket is part of it");
    }
    if (root instanceof ConnectException) {
      return "nothing answers there (%s); see anagama.store.endpoint".formatted(root.getMessage());
    }
    if (String.valueOf(e.getMessage()).contains("load credentials")) {
      return "no keys were found; set anagama.store.access-key-id and .secret-access-key, or give"
          + " the machine a role";
    }
    String said = String.valueOf(e.getMessage());
    return said.contains(String.valueOf(root.getMessage())) ? said : said + " (" + root + ")";
  }

  /** What to do; empty where the status says it all. */
  private static String advice(S3Exception e) {
    String advice =
        switch (code(e).orElse("")) {
          case "NoSuchBucket" -> "there is no such bucket; make it, or correct anagama.store.uri";
          case "InvalidAccessKeyId", "SignatureDoesNotMatch" ->
              "the server does not know these keys; see anagama.store.access-key-id and"
                  + " .secret-access-key";
          case "RequestTimeTooSkewed" ->
              "this machine's clock and the server's are too far apart; set the clock";
          case "AuthorizationHeaderMalformed", "PermanentRedirect" ->
              "the bucket is in another region; see anagama.store.region";
          default -> "";
        };
    if (!advice.isEmpty()) {
      return advice;
    }
    return switch (e.statusCode()) {
      case 301, 307 -> "the bucket is in another region; see anagama.store.region";
      case 401, 403 ->
          "these keys may not do it; needed are s3:GetObject, s3:PutObject, s3:DeleteObject and"
              + " s3:ListBucket; or this machine's clock is wrong";
      case 404 -> "see anagama.store.uri";
      default -> "";
    };
  }

  /** S3's own word for the error; answers without a body have none. */
  static Optional<String> code(S3Exception e) {
    return Optional.ofNullable(e.awsErrorDetails()).map(AwsErrorDetails::errorCode);
  }

  private static Throwable root(Throwable e) {
    Throwable root = e;
    while (root.getCause() != null && root.getCause() != root) {
      root = root.getCause();
    }
    return root;
  }
}
