package dev.anagama.diffusion.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.anagama.diffusion.network.Weights;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsTest {
  private static Weights weights() {
    Map<String, Weights.Tensor> tensors = new LinkedHashMap<>();
    tensors.put("b", new Weights.Tensor(new long[] {2, 1}, new float[] {1.5f, -0f}));
    tensors.put("a", new Weights.Tensor(new long[] {}, new float[] {Float.NaN}));
    tensors.put("none", new Weights.Tensor(new long[] {0, 3}, new float[0]));
    return new Weights(tensors);
  }

  private static byte[] file(String header, int dataBytes) {
    byte[] text = header.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(8 + text.length + dataBytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(text.length)
        .put(text)
        .array();
  }

  private static void assertRefused(byte[] bytes, String... parts) {
    assertThatThrownBy(() -> Safetensors.read("w.safetensors", bytes))
        .isInstanceOf(CheckpointException.class)
        .hasMessageStartingWith("w.safetensors ")
        .hasMessageContainingAll(parts);
  }

  @Test
  void write_tensors_isTheDocumentedBytes() {
    byte[] bytes = Safetensors.write(weights(), Map.of("made by", "a test"));

    String header =
        "{\"__metadata__\":{\"made by\":\"a test\"},"
            + "\"b\":{\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":[0,8]},"
            + "\"a\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[8,12]},"
            + "\"none\":{\"dtype\":\"F32\",\"shape\":[0,3],\"data_offsets\":[12,12]}}";
    ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int length = (int) in.getLong();
    assertThat(length % 8).isZero();
    assertThat(new String(bytes, 8, length, StandardCharsets.UTF_8).stripTrailing())
        .isEqualTo(header);
    in.position(8 + length);
    assertThat(in.getInt()).isEqualTo(0x3FC00000);
    assertThat(in.getInt()).isEqualTo(0x80000000);
    assertThat(in.getFloat()).isNaN();
    assertThat(in.hasRemaining()).isFalse();
  }

  @Test
  void read_whatWasWritten_isTheSameInOrder() {
    Weights found = Safetensors.read("x", Safetensors.write(weights(), Map.of("k", "v")));

    assertThat(found.tensors().keySet()).containsExactly("b", "a", "none");
    weights()
        .tensors()
        .forEach(
            (name, tensor) -> {
              assertThat(found.tensor(name).shape()).isEqualTo(tensor.shape());
              assertThat(found.tensor(name).values()).isEqualTo(tensor.values());
            });
  }

  @Test
  void metadata_namesOfAnyScript_comeBackAsTheyWere() {
    Map<String, String> metadata = Map.of("größe", "\"quoted\"\n", "空", "");

    assertThat(Safetensors.metadata("x", Safetensors.write(weights(), metadata)))
        .isEqualTo(metadata);
    assertThat(Safetensors.metadata("x", Safetensors.write(weights(), Map.of()))).isEmpty();
    assertThat(Safetensors.read("x", Safetensors.write(weights(), metadata)).tensors()).hasSize(3);
  }

  @Test
  void read_tensorsInAnyOrderOfTheData_isAllowed() {
    byte[] bytes =
        file(
            "{\"late\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]},"
                + "\"early\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
            8);

    assertThat(Safetensors.read("x", bytes).tensors().keySet()).containsExactly("late", "early");
  }

  @Test
  void read_cutShort_isRefusedAtAnyLength() {
    byte[] whole = Safetensors.write(weights(), Map.of());

    for (int length = 0; length < whole.length; length++) {
      assertRefused(Arrays.copyOf(whole, length), "");
    }
    assertRefused(Arrays.copyOf(whole, 7), "has 7 bytes and is not a whole safetensors file");
    assertRefused(
        Arrays.copyOf(whole, whole.length + 1), "has 13 bytes of tensors; its header names 12");
  }

  @Test
  void read_headerLengthThatLies_isRefused() {
    byte[] bytes = file("{}", 0);
    for (long length : new long[] {-1, 0, 1, 3, Integer.MAX_VALUE, Long.MAX_VALUE}) {
      ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(length);
      assertRefused(bytes.clone(), "has 10 bytes and is not a whole safetensors file");
    }
  }

  @Test
  void read_headerThatIsNoObject_isRefused() {
    assertRefused(file("not JSON", 0), "has a header that is not JSON");
    assertRefused(file("{} {}", 0), "has a header that is not JSON");
    assertRefused(file("[]", 0), "has a header that is not a JSON object");
    assertRefused(
        file("{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]},\"a\":{}}", 0),
        "Duplicate field 'a'");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[0,4]}",
        "{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}",
        "{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}",
        "{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[-4,0]}",
        "{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}",
        "{\"dtype\":\"F32\",\"shape\":[-1,-1],\"data_offsets\":[0,4]}",
        "{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,0]}",
        "{\"dtype\":\"F32\",\"shape\":[1.5],\"data_offsets\":[0,4]}",
        "{\"dtype\":\"F32\",\"shape\":1,\"data_offsets\":[0,4]}",
        "{\"dtype\":\"F32\",\"shape\":[1]}",
        "{\"shape\":[1],\"data_offsets\":[0,4]}",
        "4"
      })
  void read_anEntryThatDoesNotFit_isRefused(String entry) {
    assertRefused(
        file("{\"w\":" + entry + "}", 4),
        "holds tensor w as " + entry,
        "allowed: F32 with offsets that fit its shape and 4 bytes");
  }

  @Test
  void read_tensorsThatOverlapOrLeaveHoles_areRefused() {
    String twice =
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
            + "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[%d,%d]}}";

    assertThat(Safetensors.read("x", file(twice.formatted(4, 8), 8)).tensors()).hasSize(2);
    assertRefused(file(twice.formatted(0, 4), 4), "has a tensor at byte 0 where 4 should follow");
    assertRefused(file(twice.formatted(8, 12), 12), "has a tensor at byte 8 where 4 should follow");
  }
}
