package dev.anagama.platform.objectstore;

import dev.anagama.platform.config.StoreConfig;
import dev.anagama.platform.config.StoreUri;
import java.net.URI;
import java.net.URISyntaxException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.ContentStreamProvider;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;
import software.amazon.awssdk.services.s3.presigner.S3Presigner;

/**
 * Objects in a bucket of any server that speaks S3 and keeps {@code If-None-Match: *} on writes.
 *
 * <p>An object's SHA-256 is kept in its metadata: {@code head} tells it, and {@code get} compares
 * it with what arrives. A call is tried {@value S3Clients#MAX_ATTEMPTS} times, within the times
 * that the configuration sets.
 *
 * <p><b>Whose object is it?</b> When the answer to a conditional write is lost, the next attempt is
 * told that there is an object already, which may be the one it wrote itself. So each call writes
 * its own name into the metadata, and one that is told so looks whose name is there.
 *
 * <p><b>A server that ignores the condition</b> would break what the service promises without
 * anybody seeing it. So the first conditional write that succeeds is sent once more: it must be
 * refused.
 */
final class S3ObjectStore implements ObjectStore {
  private static final Logger log = LoggerFactory.getLogger(S3ObjectStore.class);

  private static final int PRECONDITION_FAILED = 412;

  /** How often an object may be gone again when it is looked at after a refused write. */
  private static final int MAX_VANISHED = 3;

  private static final Duration LONGEST_LINK = Duration.ofDays(7);
  private static final Duration LONGEST_FIRST_LOOK = Duration.ofSeconds(15);
  private static final String UNKNOWN_TYPE = "application/octet-stream";

  private final S3Place place;
  private final S3Failures failures;
  private final S3Client client;
  private final S3Presigner presigner;
  private final AtomicBoolean conditionIsKept = new AtomicBoolean();

  /**
   * Opens the store and looks at its bucket. A server that does not answer yet may do so later; one
   * that refuses will not.
   *
   * @throws IllegalArgumentException if no region is known
   * @throws ObjectStoreException if the bucket is not there or the keys do not open it
   */
  S3ObjectStore(StoreUri.Bucket bucket, StoreConfig config) {
    S3Clients clients = new S3Clients(config);
    this.place = new S3Place(bucket.name(), bucket.prefix(), clients.server());
    this.failures = new S3Failures(place);
    this.client = clients.client();
    this.presigner = clients.presigner();
    try {
      lookAtBucket(Duration.ofSeconds(config.callTimeoutSeconds()));
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private void lookAtBucket(Duration longestCall) {
    Duration longest =
        longestCall.compareTo(LONGEST_FIRST_LOOK) < 0 ? longestCall : LONGEST_FIRST_LOOK;
    try {
      client.listObjectsV2(
          list ->
              list.bucket(place.bucket())
                  .prefix(place.prefix())
                  .maxKeys(1)
                  .overrideConfiguration(call -> call.apiCallTimeout(longest)));
    } catch (S3Exception e) {
      ObjectStoreException failure = failures.ofBucket("listed", e);
      if (e.statusCode() < 500) {
        throw failure;
      }
      log.warn("{}", failure.getMessage());
    } catch (SdkException e) {
      log.warn("{}", failures.ofBucket("listed", e).getMessage());
    }
  }

  @Override
  public StoredObject put(String key, byte[] bytes, String contentType) {
    ObjectKeys.require(key);
    ObjectSizes.requireObject(key, bytes.length);
    S3Metadata metadata = new S3Metadata(Sha256.hex(bytes), UUID.randomUUID().toString());
    try {
      client.putObject(write(key, bytes, contentType, metadata).build(), body(bytes, contentType));
    } catch (SdkException e) {
      throw failures.of("written", key, e);
    }
    return new StoredObject(key, place.uri(key), bytes.length, metadata.sha256(), contentType);
  }

  @Override
  public boolean putIfAbsent(String key, byte[] bytes, String contentType) {
    ObjectKeys.require(key);
    ObjectSizes.requireObject(key, bytes.length);
    S3Metadata metadata = new S3Metadata(Sha256.hex(bytes), UUID.randomUUID().toString());
    PutObjectRequest write = write(key, bytes, contentType, metadata).ifNoneMatch("*").build();
    RequestBody body = body(bytes, contentType);
    for (int vanished = 0; vanished < MAX_VANISHED; vanished++) {
      if (isTaken(key, write, body)) {
        requireConditionKept(key, write, body);
        return true;
      }
      Optional<HeadObjectResponse> there = look(key);
      if (there.isPresent()) {
        return S3Metadata.isWrittenBy(metadata.writer(), there.get().metadata());
      }
    }
    throw new ObjectStoreException(
        "object '%s' could not be written: %d times it was there and gone when it was looked at"
            .formatted(key, MAX_VANISHED));
  }

  @Override
  public Optional<byte[]> get(String key) {
    ObjectKeys.require(key);
    try {
      return Optional.of(
          client.getObject(
              get -> get.bucket(place.bucket()).key(place.stored(key)), new WholeObject(key)));
    } catch (S3Exception e) {
      return absent("read", key, e);
    } catch (SdkException e) {
      throw failures.of("read", key, e);
    }
  }

  @Override
  public Optional<StoredObject> head(String key) {
    ObjectKeys.require(key);
    Optional<HeadObjectResponse> there = look(key);
    if (there.isEmpty()) {
      return Optional.empty();
    }
    HeadObjectResponse head = there.get();
    String contentType = Optional.ofNullable(head.contentType()).orElse(UNKNOWN_TYPE);
    Optional<String> sha256 = S3Metadata.sha256(head.metadata());
    if (sha256.isPresent()) {
      return Optional.of(
          new StoredObject(key, place.uri(key), head.contentLength(), sha256.get(), contentType));
    }
    // Somebody else has put it there; only the bytes themselves can tell.
    return get(key)
        .map(
            bytes ->
                new StoredObject(
                    key, place.uri(key), bytes.length, Sha256.hex(bytes), contentType));
  }

  @Override
  public boolean delete(String key) {
    ObjectKeys.require(key);
    if (look(key).isEmpty()) {
      return false;
    }
    try {
      client.deleteObject(delete -> delete.bucket(place.bucket()).key(place.stored(key)));
      return true;
    } catch (SdkException e) {
      throw failures.of("deleted", key, e);
    }
  }

  @Override
  public ObjectPage list(String folder, Optional<String> after, int limit) {
    ObjectKeys.require(folder);
    ObjectSizes.requirePage(limit);
    ListObjectsV2Request.Builder list =
        ListObjectsV2Request.builder()
            .bucket(place.bucket())
            .prefix(place.stored(folder) + "/")
            .maxKeys(limit);
    after.ifPresent(key -> list.startAfter(place.stored(key)));
    ListObjectsV2Response page;
    try {
      page = client.listObjectsV2(list.build());
    } catch (SdkException e) {
      throw failures.ofBucket("listed", e);
    }
    List<ListedObject> objects =
        page.contents().stream().flatMap(object -> listed(object).stream()).toList();
    boolean more = Boolean.TRUE.equals(page.isTruncated()) && !page.contents().isEmpty();
    return new ObjectPage(objects, more ? Optional.of(last(page)) : Optional.empty());
  }

  @Override
  public Optional<URI> presignedGet(String key, Duration validFor) {
    ObjectKeys.require(key);
    if (validFor.compareTo(Duration.ofSeconds(1)) < 0 || validFor.compareTo(LONGEST_LINK) > 0) {
      throw new IllegalArgumentException(
          "validFor is %s; allowed: PT1S to %s".formatted(validFor, LONGEST_LINK));
    }
    try {
      return Optional.of(
          presigner
              .presignGetObject(
                  link ->
                      link.signatureDuration(validFor)
                          .getObjectRequest(
                              get -> get.bucket(place.bucket()).key(place.stored(key))))
              .url()
              .toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException("a link to a well-formed key is a URI", e);
    } catch (SdkException e) {
      throw failures.of("linked to", key, e);
    }
  }

  @Override
  public URI uri(String key) {
    return place.uri(ObjectKeys.require(key));
  }

  @Override
  public void close() {
    presigner.close();
    client.close();
  }

  private PutObjectRequest.Builder write(
      String key, byte[] bytes, String contentType, S3Metadata metadata) {
    return PutObjectRequest.builder()
        .bucket(place.bucket())
        .key(place.stored(key))
        .contentType(contentType)
        .contentMD5(md5(bytes))
        .metadata(metadata.asMap());
  }

  /** Whether the server took a conditional write; if not, there was an object. */
  private boolean isTaken(String key, PutObjectRequest write, RequestBody body) {
    try {
      client.putObject(write, body);
      return true;
    } catch (S3Exception e) {
      if (e.statusCode() == PRECONDITION_FAILED) {
        return false;
      }
      throw failures.of("written", key, e);
    } catch (SdkException e) {
      throw failures.of("written", key, e);
    }
  }

  private void requireConditionKept(String key, PutObjectRequest written, RequestBody body) {
    if (conditionIsKept.get()) {
      return;
    }
    boolean taken;
    try {
      // The same bytes under the same key, so that nothing is lost where it is taken.
      taken = isTaken(key, written, body);
    } catch (ObjectStoreException e) {
      log.debug("whether the condition is kept will be seen at the next write", e);
      return;
    }
    if (taken) {
      throw new ObjectStoreException(
          "%s takes a write with If-None-Match: * although there is an object, so it can not be"
                  .formatted(place.server())
              + " used: two workers could end one job. S3, MinIO and Ceph keep the condition in"
              + " their current versions");
    }
    conditionIsKept.set(true);
  }

  private Optional<HeadObjectResponse> look(String key) {
    try {
      return Optional.of(
          client.headObject(head -> head.bucket(place.bucket()).key(place.stored(key))));
    } catch (S3Exception e) {
      return absent("looked at", key, e);
    } catch (SdkException e) {
      throw failures.of("looked at", key, e);
    }
  }

  /** Nothing, if that is what the server says of the object; a bucket that is gone is a failure. */
  private <T> Optional<T> absent(String done, String key, S3Exception e) {
    boolean noBucket = S3Failures.code(e).filter("NoSuchBucket"::equals).isPresent();
    if (e.statusCode() == 404 && !noBucket) {
      return Optional.empty();
    }
    throw failures.of(done, key, e);
  }

  private Optional<ListedObject> listed(S3Object object) {
    return place
        .ours(object.key())
        .map(key -> new ListedObject(key, object.size(), object.lastModified()));
  }

  private String last(ListObjectsV2Response page) {
    String key = page.contents().get(page.contents().size() - 1).key();
    return key.substring(place.prefix().length());
  }

  /** Streams the array itself; the SDK's own way from bytes makes a copy. */
  private static RequestBody body(byte[] bytes, String contentType) {
    return RequestBody.fromContentProvider(
        ContentStreamProvider.fromByteArrayUnsafe(bytes), bytes.length, contentType);
  }

  private static String md5(byte[] bytes) {
    try {
      return Base64.getEncoder().encodeToString(MessageDigest.getInstance("MD5").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has MD5", e);
    }
  }
}
