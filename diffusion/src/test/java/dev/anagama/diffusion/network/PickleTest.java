package dev.anagama.diffusion.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Bytes as CPython's {@code pickletools.dis} reads them. */
class PickleTest {
  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  @Test
  void emptyTuple_isProtocolTupleStop() {
    assertThat(text(Pickle.emptyTuple())).isEqualTo("\u0080\2).");
  }

  @Test
  void object_withAttributes_isBuiltFromADictionary() {
    Pickle pickle = new Pickle();
    pickle.begin();
    pickle.beginObject("__torch__", "Conv");
    pickle.text("naïve");
    pickle.bool(true);
    pickle.text("b");
    pickle.bool(false);
    pickle.endObject();

    // The length of a text counts its bytes in UTF-8.
    String attributes = "X\6\0\0\0na\u00c3\u00afve\u0088X\1\0\0\0b\u0089";
    assertThat(text(pickle.end()))
        .isEqualTo("\u0080\2c__torch__\nConv\n)\u0081}(%sub.".formatted(attributes));
  }

  @Test
  void tensor_isRebuiltFromAPersistentStorage() {
    Pickle pickle = new Pickle();
    pickle.begin();
    pickle.tensor("torch._utils", "FloatStorage", 7, 600, new long[] {2, 300}, new long[] {300, 1});

    String storage = "(X\7\0\0\0storagectorch\nFloatStorage\nX\1\0\0\0007X\3\0\0\0cpuJX\2\0\0tQ";
    String shapeAndStrides = "(J\2\0\0\0J,\1\0\0t(J,\1\0\0J\1\0\0\0t";
    String noHooks = "\u0089ccollections\nOrderedDict\n)R";
    assertThat(text(pickle.end()))
        .isEqualTo(
            "\u0080\2ctorch._utils\n_rebuild_tensor_v2\n(%sJ\0\0\0\0%s%stR."
                .formatted(storage, shapeAndStrides, noHooks));
  }
}
