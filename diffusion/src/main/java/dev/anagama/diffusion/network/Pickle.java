package dev.anagama.diffusion.network;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * The few opcodes of Python's pickle protocol 2 that a module tree needs (the format is described
 * in CPython's {@code pickletools}).
 */
final class Pickle {
  private static final char PROTOCOL = 0x80;
  private static final char STOP = '.';
  private static final char MARK = '(';
  private static final char TUPLE = 't';
  private static final char EMPTY_TUPLE = ')';
  private static final char NEW_OBJECT = 0x81;
  private static final char EMPTY_DICT = '}';
  private static final char SET_ITEMS = 'u';
  private static final char BUILD = 'b';
  private static final char GLOBAL = 'c';
  private static final char REDUCE = 'R';
  private static final char PERSISTENT_ID = 'Q';
  private static final char UNICODE = 'X';
  private static final char INT = 'J';
  private static final char TRUE = 0x88;
  private static final char FALSE = 0x89;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  static byte[] emptyTuple() {
    Pickle pickle = new Pickle();
    pickle.begin();
    pickle.op(EMPTY_TUPLE);
    return pickle.end();
  }

  void begin() {
    op(PROTOCOL);
    out.write(2);
  }

  byte[] end() {
    op(STOP);
    return out.toByteArray();
  }

  /** Opens an object of a class; names and values of its attributes follow. */
  void beginObject(String module, String name) {
    global(module, name);
    op(EMPTY_TUPLE);
    op(NEW_OBJECT);
    op(EMPTY_DICT);
    op(MARK);
  }

  void endObject() {
    op(SET_ITEMS);
    op(BUILD);
  }

  /** A tensor whose bytes are storage {@code key} of the archive; strides are in elements. */
  void tensor(
      String module, String storageClass, int key, int count, long[] shape, long[] strides) {
    global(module, "_rebuild_tensor_v2");
    op(MARK);
    op(MARK);
    text("storage");
    global("torch", storageClass);
    text(Integer.toString(key));
    text("cpu");
    integer(count);
    op(TUPLE);
    op(PERSISTENT_ID);
    integer(0);
    integers(shape);
    integers(strides);
    bool(false);
    global("collections", "OrderedDict");
    op(EMPTY_TUPLE);
    op(REDUCE);
    op(TUPLE);
    op(REDUCE);
  }

  void text(String value) {
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    op(UNICODE);
    int32(bytes.length);
    out.writeBytes(bytes);
  }

  void bool(boolean value) {
    op(value ? TRUE : FALSE);
  }

  private void integers(long[] values) {
    op(MARK);
    for (long value : values) {
      integer(Math.toIntExact(value));
    }
    op(TUPLE);
  }

  private void integer(int value) {
    op(INT);
    int32(value);
  }

  private void global(String module, String name) {
    op(GLOBAL);
    out.writeBytes((module + "\n" + name + "\n").getBytes(StandardCharsets.US_ASCII));
  }

  private void int32(int value) {
    out.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
  }

  private void op(char code) {
    out.write(code);
  }
}
