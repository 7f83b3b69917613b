package dev.anagama.gateway.admission;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import dev.anagama.v1.JobSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * What makes two requests the same: the fields that the caller sent, in field order, whatever the
 * protocol, the order or the spelling of the body.
 */
final class RequestDigest {
  private RequestDigest() {}

  /** SHA-256 of the deterministic wire form of {@code spec}, 32 bytes. */
  static ByteString of(JobSpec spec) {
    byte[] wire = new byte[spec.getSerializedSize()];
    CodedOutputStream out = CodedOutputStream.newInstance(wire);
    out.useDeterministicSerialization();
    try {
      spec.writeTo(out);
      return ByteString.copyFrom(MessageDigest.getInstance("SHA-256").digest(wire));
    } catch (IOException e) {
      throw new UncheckedIOException("an array of the exact size does not fail", e);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }
}
