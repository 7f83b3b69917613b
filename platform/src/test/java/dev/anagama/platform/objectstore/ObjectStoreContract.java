package dev.anagama.platform.objectstore;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every object store must do; one subclass for each back end. */
abstract class ObjectStoreContract {
  private static final String KEY = "results/default/job-1/0.png";
  private static final String PNG = "image/png";

  private static final ObjectPage NO_OBJECTS = new ObjectPage(List.of(), Optional.empty());

  private ObjectStore store;

  /** Opens an empty store. */
  abstract ObjectStore open();

  @BeforeEach
  void openStore() {
    store = open();
  }

  @AfterEach
  void closeStore() {
    store.close();
  }

  @Test
  void put_newKey_isReadBackWhole() {
    byte[] bytes = "an image".getBytes(UTF_8);

    StoredObject stored = store.put(KEY, bytes, PNG);

    assertThat(store.get(KEY)).hasValue(bytes);
    assertThat(stored.key()).isEqualTo(KEY);
    assertThat(stored.uri()).isEqualTo(store.uri(KEY));
    assertThat(stored.sizeBytes()).isEqualTo(8);
    assertThat(stored.contentType()).isEqualTo(PNG);
    // printf 'an image' | sha256sum
    assertThat(stored.sha256())
        .isEqualTo("a5df3fde7b200c3fa2791144c7e05c5c2bced4c6ad863d3a4cf76c972c1712f9");
  }

  @Test
  void put_oldKey_replaces() {
    store.put(KEY, new byte[] {1, 2, 3}, PNG);
    store.put(KEY, new byte[] {4}, PNG);

    assertThat(store.get(KEY)).hasValue(new byte[] {4});
    assertThat(store.head(KEY).orElseThrow().sizeBytes()).isEqualTo(1);
  }

  @Test
  void put_noBytes_isAnEmptyObject() {
    store.put(KEY, new byte[0], PNG);

    assertThat(store.get(KEY)).hasValue(new byte[0]);
  }

  @Test
  void get_missingKey_isEmpty() {
    assertThat(store.get(KEY)).isEmpty();
    assertThat(store.head(KEY)).isEmpty();
  }

  @Test
  void get_folderOfAKey_isEmpty() {
    store.put(KEY, new byte[] {1}, PNG);

    assertThat(store.get("results/default")).isEmpty();
    assertThat(store.head("results/default")).isEmpty();
    assertThat(store.delete("results/default")).isFalse();
  }

  @Test
  void head_storedObject_tellsWhatPutTold() {
    StoredObject stored = store.put(KEY, "an image".getBytes(UTF_8), PNG);

    assertThat(store.head(KEY)).hasValue(stored);
  }

  @Test
  void putIfAbsent_newKey_stores() {
    assertThat(store.putIfAbsent(KEY, new byte[] {1, 2}, PNG)).isTrue();
    assertThat(store.get(KEY)).hasValue(new byte[] {1, 2});
  }

  @Test
  void putIfAbsent_oldKey_changesNothing() {
    store.put(KEY, new byte[] {1, 2}, PNG);

    assertThat(store.putIfAbsent(KEY, new byte[] {3}, PNG)).isFalse();
    assertThat(store.get(KEY)).hasValue(new byte[] {1, 2});
  }

  @Test
  void putIfAbsent_manyAtOnce_exactlyOneWins() throws Exception {
    int writers = 8;
    for (int round = 0; round < 20; round++) {
      String key = "race/" + round;
      List<Callable<Boolean>> calls = new ArrayList<>();
      for (int writer = 0; writer < writers; writer++) {
        byte[] bytes = filled(10_000 + writer, writer);
        calls.add(() -> store.putIfAbsent(key, bytes, PNG));
      }
      List<Boolean> won = atOnce(calls);

      assertThat(won).containsOnlyOnce(true);
      int winner = won.indexOf(true);
      assertThat(store.get(key)).hasValue(filled(10_000 + winner, winner));
    }
  }

  @Test
  void get_whileReplaced_neverSeesAPart() throws Exception {
    byte[] small = filled(70_000, 1);
    byte[] large = filled(300_000, 2);
    store.put(KEY, small, PNG);
    AtomicBoolean done = new AtomicBoolean();
    Callable<Boolean> writer =
        () -> {
          for (int i = 0; i < 100; i++) {
            store.put(KEY, i % 2 == 0 ? large : small, PNG);
          }
          done.set(true);
          return true;
        };
    Callable<Boolean> reader =
        () -> {
          boolean whole = true;
          while (!done.get()) {
            byte[] seen = store.get(KEY).orElseThrow();
            whole &= Arrays.equals(seen, small) || Arrays.equals(seen, large);
          }
          return whole;
        };

    assertThat(atOnce(List.of(writer, reader, reader))).containsOnly(true);
  }

  @Test
  void putIfAbsent_readAtOnce_neverSeesAPart() throws Exception {
    byte[] bytes = filled(300_000, 1);
    for (int round = 0; round < 20; round++) {
      String key = "fresh/" + round;
      Callable<Boolean> writer = () -> store.putIfAbsent(key, bytes, PNG);
      Callable<Boolean> reader =
          () -> {
            boolean whole = true;
            for (int i = 0; i < 100; i++) {
              whole &= store.get(key).map(seen -> Arrays.equals(seen, bytes)).orElse(true);
            }
            return whole;
          };

      assertThat(atOnce(List.of(writer, reader))).containsOnly(true);
    }
  }

  @Test
  void delete_storedObject_removesIt() {
    store.put(KEY, new byte[] {1}, PNG);

    assertThat(store.delete(KEY)).isTrue();
    assertThat(store.get(KEY)).isEmpty();
    assertThat(store.delete(KEY)).isFalse();
    assertThat(store.putIfAbsent(KEY, new byte[] {2}, PNG)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/",
        "/a",
        "a/",
        "a//b",
        ".",
        "..",
        "a/../b",
        "a/./b",
        "../a",
        ".tmp/a",
        "a/.hidden",
        "a b",
        "a\\b",
        "a\u0000b",
        "a\nb",
        "caf\u00e9",
        "a:b",
        "%2e%2e/a"
      })
  void everyCall_malformedKey_isRefusedByName(String key) {
    List<Runnable> calls =
        List.of(
            () -> store.put(key, new byte[1], PNG),
            () -> store.putIfAbsent(key, new byte[1], PNG),
            () -> store.get(key),
            () -> store.head(key),
            () -> store.delete(key),
            () -> store.list(key, Optional.empty(), 1),
            () -> store.presignedGet(key, Duration.ofMinutes(1)),
            () -> store.uri(key));

    assertThat(calls)
        .allSatisfy(
            call ->
                assertThatIllegalArgumentException()
                    .isThrownBy(call::run)
                    .withMessageContaining("'" + key + "'")
                    .withMessageContaining("allowed:"));
  }

  @Test
  void key_tooLong_isRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> store.get("a".repeat(256)));
    assertThatIllegalArgumentException().isThrownBy(() -> store.get("a/".repeat(512) + "a"));
  }

  @Test
  void key_longestSegment_isStored() {
    String key = "checkpoints/" + "a".repeat(255);

    store.put(key, new byte[] {1}, PNG);

    assertThat(store.get(key)).hasValue(new byte[] {1});
  }

  @Test
  void list_severalPages_areAllInOrderOfKeys() {
    // In the order of keys, which is not that of the parts between slashes.
    List<String> keys =
        List.of("a/b-c", "a/b.d/e", "a/b.f", "a/b/0.png", "a/b/1.png", "a/b/c/d", "a/b0", "a/c");
    List<String> others = List.of("a0/b", "b", "aa");
    for (String key : others) {
      store.put(key, new byte[] {1}, PNG);
    }
    for (int index = 0; index < keys.size(); index++) {
      store.put(keys.get(index), filled(index, 1), PNG);
    }

    for (int limit = 1; limit <= keys.size() + 1; limit++) {
      List<ListedObject> listed = new ArrayList<>();
      Optional<String> after = Optional.empty();
      int pages = 0;
      do {
        ObjectPage page = store.list("a", after, limit);
        assertThat(page.objects()).hasSizeLessThanOrEqualTo(limit);
        listed.addAll(page.objects());
        after = page.next();
        pages++;
      } while (after.isPresent());

      assertThat(listed).extracting(ListedObject::key).containsExactlyElementsOf(keys);
      assertThat(listed)
          .extracting(ListedObject::sizeBytes)
          .containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L);
      assertThat(pages).isEqualTo((keys.size() + limit - 1) / limit);
    }
    assertThat(store.list("a/b", Optional.empty(), 10).objects())
        .extracting(ListedObject::key)
        .containsExactly("a/b/0.png", "a/b/1.png", "a/b/c/d");
  }

  @Test
  void list_storedObject_tellsWhenItWasStored() {
    Instant before = Instant.now();
    store.put(KEY, new byte[] {1}, PNG);
    Instant after = Instant.now();

    ListedObject listed = store.list("results", Optional.empty(), 1).objects().get(0);

    assertThat(listed.key()).isEqualTo(KEY);
    assertThat(listed.lastModified()).isBetween(before.minusSeconds(2), after.plusSeconds(2));
  }

  @Test
  void list_nothingThere_isEmpty() {
    store.put("a", new byte[] {1}, PNG);

    assertThat(store.list("b", Optional.empty(), 10)).isEqualTo(NO_OBJECTS);
    assertThat(store.list("a", Optional.empty(), 10)).isEqualTo(NO_OBJECTS);
  }

  @Test
  void list_limitOutOfRange_isRefused() {
    for (int limit : new int[] {0, 1001}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> store.list("a", Optional.empty(), limit))
          .withMessage("limit is %d; allowed: 1 to 1000", limit);
    }
  }

  @Test
  void delete_whileOthersStoreBeside_losesNothing() throws Exception {
    Callable<Boolean> deleting =
        () -> {
          for (int i = 0; i < 50; i++) {
            store.put("beside/folder/gone", new byte[] {1}, PNG);
            store.delete("beside/folder/gone");
          }
          return true;
        };
    Callable<Boolean> storing =
        () -> {
          boolean there = true;
          for (int i = 0; i < 50; i++) {
            String key = "beside/folder/%d".formatted(i);
            store.putIfAbsent(key, new byte[] {1}, PNG);
            there &= store.get(key).isPresent();
            store.delete(key);
          }
          return there;
        };

    assertThat(atOnce(List.of(deleting, storing))).containsOnly(true);
    assertThat(store.list("beside", Optional.empty(), 10)).isEqualTo(NO_OBJECTS);
  }

  private static byte[] filled(int length, int value) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) value);
    return bytes;
  }

  private static <T> List<T> atOnce(List<Callable<T>> calls) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(calls.size());
    try {
      List<T> results = new ArrayList<>();
      for (Future<T> result : threads.invokeAll(calls)) {
        results.add(result.get());
      }
      return results;
    } finally {
      threads.shutdownNow();
    }
  }
}
