package dev.anagama.platform.objectstore;

import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.RetryableException;
import software.amazon.awssdk.core.sync.ResponseTransformer;
import software.amazon.awssdk.http.AbortableInputStream;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/**
 * Reads an object whole. What does not arrive as it was stored is read again, as often as a call is
 * tried.
 */
final class WholeObject implements ResponseTransformer<GetObjectResponse, byte[]> {
  private final String key;

  WholeObject(String key) {
    this.key = key;
  }

  @Override
  public byte[] transform(GetObjectResponse answer, AbortableInputStream body) {
    long announced = Optional.ofNullable(answer.contentLength()).orElse(-1L);
    if (announced > ObjectStore.MAX_OBJECT_BYTES) {
      // Reading on to the end, as closing would, takes as long as reading it.
      body.abort();
    }
    ObjectSizes.requireObject(key, announced);
    byte[] bytes = read(body, announced);
    ObjectSizes.requireObject(key, bytes.length);
    S3Metadata.sha256(answer.metadata())
        .ifPresent(
            stored -> {
              String seen = Sha256.hex(bytes);
              if (!seen.equals(stored)) {
                throw again(
                    "SHA-256 of what arrived is %s, of what was stored %s".formatted(seen, stored),
                    null);
              }
            });
    return bytes;
  }

  private static byte[] read(AbortableInputStream body, long announced) {
    try {
      if (announced < 0) {
        return body.readNBytes(Math.toIntExact(ObjectStore.MAX_OBJECT_BYTES + 1));
      }
      byte[] bytes = new byte[Math.toIntExact(announced)];
      int read = body.readNBytes(bytes, 0, bytes.length);
      if (read < bytes.length) {
        throw again("%d of %d bytes are missing".formatted(announced - read, announced), null);
      }
      return bytes;
    } catch (IOException e) {
      throw again("the answer broke off: " + e, e);
    }
  }

  private static RetryableException again(String message, @Nullable IOException cause) {
    return RetryableException.builder().message(message).cause(cause).build();
  }
}
