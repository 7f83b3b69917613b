package dev.anagama.bench.faults;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
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

/**
 * An S3 server (S3Proxy) as a process. It checks signatures and keeps objects in memory. The tests'
 * container runs it from this file alone.
 */
final class S3Main {
  private static final String BUCKET = "anagama";
  private static final String ACCESS_KEY_ID = "rig";
  private static final String SECRET_ACCESS_KEY = "rig-secret";

  private S3Main() {}

  static List<String> arguments(int port) {
    return List.of(endpoint(port), ACCESS_KEY_ID, SECRET_ACCESS_KEY);
  }

  /** The settings of who reaches it at a port, directly or not. */
  static Map<String, String> settings(int port) {
    return Map.of(
        "anagama.store.uri",
        "s3://" + BUCKET + "/kept",
        "anagama.store.endpoint",
        endpoint(port),
        "anagama.store.path-style",
        "true",
        "anagama.store.access-key-id",
        ACCESS_KEY_ID,
        "anagama.store.secret-access-key",
        SECRET_ACCESS_KEY);
  }

  /**
   * Serves; never ends.
   *
   * @param args where it listens, and the key that it asks for: identifier and secret
   */
  public static void main(String[] args) throws Exception {
    BlobStore objects = new Atomic(new TransientNio2BlobStore());
    objects.createContainer(BUCKET);
    S3Proxy.builder()
        .blobStore(objects)
        .endpoint(URI.create(args[0]))
        .awsAuthentication(AuthenticationType.AWS_V4, args[1], args[2])
        .build()
        .start();
    new CountDownLatch(1).await();
  }

  private static String endpoint(int port) {
    return "http://127.0.0.1:" + port;
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
}
