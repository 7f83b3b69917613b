package dev.anagama.platform.objectstore;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.Map;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.blobstore.BlobStore;
import org.gaul.s3proxy.blobstore.ForwardingBlobStore;
import org.gaul.s3proxy.nio2blob.TransientNio2BlobStore;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;

/** An S3 server (S3Proxy) in this process, on loopback. It checks signatures and is in memory. */
final class S3Server implements AutoCloseable {
  static final String ACCESS_KEY_ID = "test-access-key";
  static final String SECRET_ACCESS_KEY = "test-secret-key";

  private final S3Proxy server;
  private final BlobStore objects;

  /** Starts it with an empty bucket. */
  S3Server(String bucket) {
    this(bucket, new Atomic(new TransientNio2BlobStore()));
  }

  /** One that stores whatever comes, whether or not there is an object, as old servers do. */
  static S3Server ignoringConditions(String bucket) {
    return new S3Server(bucket, new Unconditional(new TransientNio2BlobStore()));
  }

  private S3Server(String bucket, BlobStore objects) {
    this.objects = objects;
    objects.createContainer(bucket);
    server =
        S3Proxy.builder()
            .blobStore(objects)
            .endpoint(URI.create("http://127.0.0.1:0"))
            .awsAuthentication(AuthenticationType.AWS_V4, ACCESS_KEY_ID, SECRET_ACCESS_KEY)
            .build();
    try {
      server.start();
    } catch (Exception e) {
      throw new IllegalStateException("the S3 server does not start", e);
    }
  }

  /** Where it listens. */
  URI endpoint() {
    return URI.create("http://127.0.0.1:" + server.getPort());
  }

  /** The settings of a store in one of its buckets. */
  Map<String, String> settings(String uri) {
    return settings(endpoint(), uri);
  }

  /** The same of one elsewhere that has the same keys. */
  static Map<String, String> settings(URI endpoint, String uri) {
    return Map.of(
        "anagama.store.uri", uri,
        "anagama.store.endpoint", endpoint.toString(),
        "anagama.store.path-style", "true",
        "anagama.store.access-key-id", ACCESS_KEY_ID,
        "anagama.store.secret-access-key", SECRET_ACCESS_KEY);
  }

  /** What it holds, behind its back. */
  BlobStore objects() {
    return objects;
  }

  @Override
  public void close() {
    try {
      server.stop();
    } catch (Exception e) {
      throw new IllegalStateException("the S3 server does not stop", e);
    }
    objects.close();
  }

  /**
   * One write or look at a time. The store below looks whether an object is there before it writes
   * it, so two conditional writes at once could both win; on S3 they can not.
   */
  private static final class Atomic extends ForwardingBlobStore {
    Atomic(BlobStore below) {
      super(below);
    }

    @Override
    public PutObjectResponse putBlob(PutObjectRequest request, InputStream body) {
      // Read first: a caller who stops halfway must not hold up the others.
      byte[] bytes = allOf(body);
      synchronized (this) {
        return super.putBlob(request, new ByteArrayInputStream(bytes));
      }
    }

    @Override
    public synchronized ResponseInputStream<GetObjectResponse> getBlob(GetObjectRequest request) {
      return super.getBlob(request);
    }

    private static byte[] allOf(InputStream body) {
      try {
        return body.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static final class Unconditional extends ForwardingBlobStore {
    Unconditional(BlobStore below) {
      super(below);
    }

    @Override
    public PutObjectResponse putBlob(PutObjectRequest request, InputStream body) {
      return super.putBlob(request.toBuilder().ifNoneMatch(null).build(), body);
    }
  }
}
