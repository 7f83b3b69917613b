package dev.anagama.bench.faults;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A request or an answer of HTTP/1.1 (RFC 9112), as the very bytes that were read, so that what is
 * signed stays so.
 *
 * @param head the first line and the headers, with the empty line that ends them
 * @param body in the form it was sent in, chunked perhaps
 */
record HttpMessage(byte[] head, byte[] body) {
  private static final int MAX_HEAD_BYTES = 64 * 1024;
  private static final int MAX_BODY_BYTES = 64 << 20;

  /**
   * Reads a request's head; the body is read by {@link #withBody}.
   *
   * @return empty if the connection ends before it begins
   */
  static Optional<HttpMessage> readHead(InputStream in) throws IOException {
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    int ends = 0;
    while (ends < 4) {
      int next = in.read();
      if (next < 0) {
        if (head.size() == 0) {
          return Optional.empty();
        }
        throw new EOFException("the connection ended within a head");
      }
      if (head.size() == MAX_HEAD_BYTES) {
        throw new IOException("a head has more than %d bytes".formatted(MAX_HEAD_BYTES));
      }
      head.write(next);
      boolean expected = next == (ends % 2 == 0 ? '\r' : '\n');
      ends = expected ? ends + 1 : next == '\r' ? 1 : 0;
    }
    return Optional.of(new HttpMessage(head.toByteArray(), new byte[0]));
  }

  /** The request with the body that follows its head. */
  HttpMessage withBody(InputStream in) throws IOException {
    return new HttpMessage(head, chunked() ? readChunks(in) : readBytes(in, length().orElse(0)));
  }

  /** The answer with the body that follows its head, if there is one at all. */
  HttpMessage withAnswer(InputStream in, String method) throws IOException {
    int status = status();
    if (method.equals("HEAD") || status == 204 || status == 304 || status < 200) {
      return this;
    }
    if (chunked()) {
      return new HttpMessage(head, readChunks(in));
    }
    Optional<Integer> length = length();
    return new HttpMessage(
        head, length.isPresent() ? readBytes(in, length.get()) : in.readNBytes(MAX_BODY_BYTES));
  }

  /** The words of the first line. */
  List<String> firstLine() {
    return List.of(text().lines().findFirst().orElse("").split(" ", 3));
  }

  /** The status of an answer. */
  int status() throws IOException {
    try {
      return Integer.parseInt(firstLine().get(1));
    } catch (NumberFormatException | IndexOutOfBoundsException e) {
      throw new IOException("an answer begins with '%s'".formatted(firstLine()), e);
    }
  }

  /** Whether its sender waits for a word before it sends the body. */
  boolean expectsContinue() {
    return header("expect").filter(value -> value.equalsIgnoreCase("100-continue")).isPresent();
  }

  /** Whether its sender ends the connection after it. */
  boolean last() {
    return header("connection").filter(value -> value.equalsIgnoreCase("close")).isPresent();
  }

  /** Whether an answer with a body says where that ends; otherwise only the connection's end does. */
  boolean framed() throws IOException {
    return body.length == 0 || chunked() || length().isPresent();
  }

  private boolean chunked() {
    return header("transfer-encoding")
        .filter(value -> value.toLowerCase(Locale.ROOT).endsWith("chunked"))
        .isPresent();
  }

  private Optional<Integer> length() throws IOException {
    Optional<String> length = header("content-length");
    try {
      return length.map(Integer::parseInt).filter(bytes -> bytes >= 0 && bytes <= MAX_BODY_BYTES);
    } catch (NumberFormatException e) {
      throw new IOException("a body's length is '%s'".formatted(length.orElse("")), e);
    }
  }

  private Optional<String> header(String name) {
    return text()
        .lines()
        .skip(1)
        .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(name + ":"))
        .map(line -> line.substring(name.length() + 1).strip())
        .findFirst();
  }

  private String text() {
    return new String(head, StandardCharsets.ISO_8859_1);
  }

  private static byte[] readBytes(InputStream in, int length) throws IOException {
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw new EOFException("%d of %d bytes of a body came".formatted(bytes.length, length));
    }
    return bytes;
  }

  /** Chunks and trailers, up to the empty line that ends them. */
  private static byte[] readChunks(InputStream in) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    for (int size = readSize(in, body); size > 0; size = readSize(in, body)) {
      if (body.size() > MAX_BODY_BYTES - size) {
        throw new IOException("a body has more than %d bytes".formatted(MAX_BODY_BYTES));
      }
      body.writeBytes(readBytes(in, size + 2));
    }
    String trailer;
    do {
      trailer = readLine(in, body);
    } while (!trailer.isEmpty());
    return body.toByteArray();
  }

  private static int readSize(InputStream in, ByteArrayOutputStream body) throws IOException {
    String line = readLine(in, body);
    try {
      return Integer.parseUnsignedInt(line.split(";", 2)[0].strip(), 16);
    } catch (NumberFormatException e) {
      throw new IOException("a chunk's size is '%s'".formatted(line), e);
    }
  }

  private static String readLine(InputStream in, ByteArrayOutputStream body) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0 || line.length() > MAX_HEAD_BYTES) {
        throw new EOFException("the connection ended within a body");
      }
      body.write(next);
      line.append((char) next);
    }
    body.write('\n');
    return line.toString().strip();
  }
}
