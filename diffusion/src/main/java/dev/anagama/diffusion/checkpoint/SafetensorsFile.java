package dev.anagama.diffusion.checkpoint;

import static java.util.Objects.requireNonNull;

import dev.anagama.diffusion.checkpoint.SafetensorsHeader.Place;
import dev.anagama.diffusion.network.Weights;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A safetensors file of any size that is open, of which tensors are read one at a time. Every
 * failure to read it is a {@link CheckpointException} that names it.
 */
public final class SafetensorsFile implements AutoCloseable {
  private final Path path;
  private final FileChannel channel;
  private final byte[] start;
  private final SafetensorsHeader header;

  private SafetensorsFile(Path path, FileChannel channel) throws IOException {
    this.path = path;
    this.channel = channel;
    long fileBytes = channel.size();
    ByteBuffer length = ByteBuffer.allocate((int) Math.min(Long.BYTES, fileBytes));
    fill(length, 0);
    int textBytes = SafetensorsHeader.textBytes(path.toString(), length, fileBytes);
    ByteBuffer whole = ByteBuffer.allocate(Long.BYTES + textBytes);
    fill(whole, 0);
    this.start = whole.array();
    byte[] text = new byte[textBytes];
    whole.position(Long.BYTES).get(text);
    this.header = SafetensorsHeader.read(path.toString(), text, fileBytes);
  }

  /**
   * Opens a file and reads its header.
   *
   * @throws CheckpointException if it is not whole, holds another element type or can not be read
   */
  public static SafetensorsFile open(Path path) {
    try {
      FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
      try {
        return new SafetensorsFile(path, channel);
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
    } catch (IOException e) {
      throw unreadable(path, e);
    }
  }

  /** What its writer added, empty if nothing. */
  public Map<String, String> metadata() {
    return Collections.unmodifiableMap(header.metadata());
  }

  /** The shape of each tensor by name, in the order of the header. */
  public Map<String, long[]> shapes() {
    Map<String, long[]> shapes = new LinkedHashMap<>();
    header.places().forEach((name, place) -> shapes.put(name, place.shape().clone()));
    return shapes;
  }

  /**
   * Reads one tensor.
   *
   * @throws CheckpointException if there is none of that name or it can not be read
   */
  public Weights.Tensor tensor(String name) {
    if (!header.places().containsKey(name)) {
      throw new CheckpointException("%s holds no tensor '%s'".formatted(path, name));
    }
    return read(header.place(name), chunk -> {});
  }

  /**
   * Reads all tensors.
   *
   * @param digest is given every byte of the file, in order, as it was read
   * @throws CheckpointException if they can not be read
   */
  public Weights weights(MessageDigest digest) {
    digest.update(start);
    Map<String, Weights.Tensor> found = new HashMap<>();
    for (String name : header.namesByPlace()) {
      found.put(name, read(header.place(name), digest::update));
    }
    Map<String, Weights.Tensor> ordered = new LinkedHashMap<>();
    header.places().keySet().forEach(name -> ordered.put(name, requireNonNull(found.get(name))));
    return new Weights(ordered);
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw unreadable(path, e);
    }
  }

  private Weights.Tensor read(Place place, Consumer<ByteBuffer> reader) {
    int count = (int) ((place.end() - place.start()) / Float.BYTES);
    float[] values = new float[count];
    // Most tensors are far smaller than a chunk, and a network has hundreds of them.
    int chunkBytes = (int) Math.min(Safetensors.CHUNK_BYTES, place.end() - place.start());
    ByteBuffer chunk = ByteBuffer.allocate(chunkBytes).order(ByteOrder.LITTLE_ENDIAN);
    int done = 0;
    while (done < count) {
      int taken = Math.min(chunkBytes / Float.BYTES, count - done);
      chunk.clear().limit(taken * Float.BYTES);
      try {
        fill(chunk, header.bytes() + place.start() + (long) done * Float.BYTES);
      } catch (IOException e) {
        throw unreadable(path, e);
      }
      chunk.asFloatBuffer().get(values, done, taken);
      reader.accept(chunk);
      done += taken;
    }
    return new Weights.Tensor(place.shape(), values);
  }

  /** Reads from a byte of the file on until the buffer is full, and turns it to be read. */
  private void fill(ByteBuffer buffer, long position) throws IOException {
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, position + buffer.position()) < 0) {
        throw new EOFException("it was cut short while it was read");
      }
    }
    buffer.flip();
  }

  private static CheckpointException unreadable(Path path, IOException e) {
    return new CheckpointException("cannot read " + path + ": " + e.getMessage(), e);
  }
}
