package dev.anagama.platform.objectstore;

import static dev.anagama.platform.objectstore.FaultyProxy.Fault.ANSWER_HANGS;
import static dev.anagama.platform.objectstore.FaultyProxy.Fault.ANSWER_LOST;
import static dev.anagama.platform.objectstore.FaultyProxy.Fault.HALF_BODY;
import static dev.anagama.platform.objectstore.FaultyProxy.Fault.NONE;
import static dev.anagama.platform.objectstore.FaultyProxy.Fault.REQUEST_LOST;
import static dev.anagama.platform.objectstore.FaultyProxy.Fault.STATUS_500;
import static dev.anagama.platform.objectstore.FaultyProxy.Fault.STATUS_503;
import static dev.anagama.platform.objectstore.FaultyProxy.Fault.WRONG_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.anagama.platform.config.Settings;
import dev.anagama.platform.config.StoreConfig;
import dev.anagama.platform.objectstore.FaultyProxy.Fault;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the store does when the way to the server, or the server, fails. */
class S3FaultsIT {
  private static final String KEY = "results/default/j1/0.png";
  private static final byte[] OURS = {1, 2, 3, 4};
  private static final byte[] THEIRS = {5, 6, 7, 8};

  private S3Server server;
  private FaultyProxy proxy;
  private ObjectStore direct;
  private ObjectStore store;

  @BeforeEach
  void openStores() throws IOException {
    server = new S3Server("bucket");
    proxy = new FaultyProxy(server.endpoint());
    direct = open(server.endpoint());
    store = open(proxy.endpoint());
    // The first conditional write is sent twice; the tests below count from here.
    store.putIfAbsent("first", OURS, "image/png");
  }

  @AfterEach
  void closeStores() throws IOException {
    store.close();
    direct.close();
    proxy.close();
    server.close();
  }

  @ParameterizedTest
  @EnumSource(names = {"ANSWER_LOST", "ANSWER_HANGS"})
  void putIfAbsent_storedAndAnswerLost_isOurs(Fault fault) {
    proxy.next(fault);

    assertThat(store.putIfAbsent(KEY, OURS, "image/png")).isTrue();
    assertThat(direct.get(KEY)).hasValue(OURS);
    assertThat(proxy.seen()).containsExactly("PUT", "PUT", "HEAD");
  }

  @Test
  void putIfAbsent_answerLostOverAnothersObject_isTheirs() {
    direct.put(KEY, THEIRS, "image/png");
    proxy.next(ANSWER_LOST);

    assertThat(store.putIfAbsent(KEY, OURS, "image/png")).isFalse();
    assertThat(direct.get(KEY)).hasValue(THEIRS);
  }

  @Test
  void putIfAbsent_sameBytesByAnother_isTheirs() {
    direct.put(KEY, OURS, "image/png");
    proxy.next(STATUS_500);

    assertThat(store.putIfAbsent(KEY, OURS, "image/png")).isFalse();
  }

  @Test
  void putIfAbsent_lostThenLostAgainWhileLooking_isOurs() {
    proxy.next(ANSWER_LOST, STATUS_503, NONE, ANSWER_LOST);

    assertThat(store.putIfAbsent(KEY, OURS, "image/png")).isTrue();
  }

  @ParameterizedTest
  @EnumSource(names = {"ANSWER_LOST", "ANSWER_HANGS", "REQUEST_LOST", "STATUS_500", "STATUS_503"})
  void everyCall_oneFault_isTriedAgain(Fault fault) {
    proxy.next(fault);
    assertThat(store.put(KEY, OURS, "image/png").sizeBytes()).isEqualTo(4);
    proxy.next(fault);
    assertThat(store.get(KEY)).hasValue(OURS);
    proxy.next(fault);
    assertThat(store.head(KEY)).isPresent();
    proxy.next(fault);
    assertThat(store.list("results", Optional.empty(), 10).objects()).hasSize(1);
    proxy.next(NONE, fault);
    assertThat(store.delete(KEY)).isTrue();
    assertThat(direct.get(KEY)).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(names = {"HALF_BODY", "WRONG_BYTE"})
  void get_damagedOnTheWay_isReadAgain(Fault fault) {
    direct.put(KEY, OURS, "image/png");
    proxy.next(fault, fault);

    assertThat(store.get(KEY)).hasValue(OURS);
    assertThat(proxy.seen()).containsExactly("GET", "GET", "GET");
  }

  @Test
  void get_damagedEveryTime_failsAndGivesNothing() {
    direct.put(KEY, OURS, "image/png");
    proxy.next(HALF_BODY, WRONG_BYTE, HALF_BODY, WRONG_BYTE);

    assertThatExceptionOfType(ObjectStoreException.class)
        .isThrownBy(() -> store.get(KEY))
        .withMessageContaining(KEY)
        .withMessageContaining("bucket 'bucket'");
  }

  @Test
  void put_failsEveryTime_saysStatusAndPlace() {
    proxy.next(STATUS_503, STATUS_503, STATUS_500, STATUS_503);

    assertThatExceptionOfType(ObjectStoreException.class)
        .isThrownBy(() -> store.put(KEY, OURS, "image/png"))
        .withMessageContaining("'%s' could not be written", KEY)
        .withMessageContaining("bucket 'bucket' of %s", proxy.endpoint())
        .withMessageContaining("503 SlowDown");
    assertThat(proxy.seen()).hasSize(4);
    assertThat(direct.get(KEY)).isEmpty();
  }

  @Test
  void get_serverHangs_failsWithinTheTimeOfACall() {
    proxy.next(ANSWER_HANGS, ANSWER_HANGS, ANSWER_HANGS, ANSWER_HANGS, ANSWER_HANGS);
    long began = System.nanoTime();

    assertThatExceptionOfType(ObjectStoreException.class)
        .isThrownBy(() -> store.get(KEY))
        .withMessageContaining("in time");
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(5));
  }

  @Test
  void get_serverIsDown_failsWithinTheTimeOfACallAndWorksAgainLater() throws IOException {
    URI gone = unusedEndpoint();
    long began = System.nanoTime();

    // A server may come later, so opening goes on without it.
    try (ObjectStore later = open(gone)) {
      assertThatExceptionOfType(ObjectStoreException.class)
          .isThrownBy(() -> later.get(KEY))
          .withMessageContaining("nothing answers there")
          .withMessageContaining("anagama.store.endpoint");
    }
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(10));
  }

  @Test
  void putIfAbsent_manyFailures_neverWinsTwice() {
    Fault[] kinds = {ANSWER_LOST, REQUEST_LOST, STATUS_500, NONE, STATUS_503, ANSWER_LOST};
    for (int round = 0; round < kinds.length; round++) {
      String key = "race/" + round;
      proxy.next(kinds[round], kinds[(round + 1) % kinds.length]);

      boolean first = store.putIfAbsent(key, OURS, "image/png");
      boolean second = direct.putIfAbsent(key, THEIRS, "image/png");

      assertThat(first).isNotEqualTo(second);
      assertThat(direct.get(key)).hasValue(first ? OURS : THEIRS);
    }
  }

  private static ObjectStore open(URI endpoint) {
    Map<String, String> settings =
        new HashMap<>(
            Map.of(
                "anagama.store.uri",
                "s3://bucket",
                "anagama.store.endpoint",
                endpoint.toString(),
                "anagama.store.path-style",
                "true",
                "anagama.store.access-key-id",
                S3Server.ACCESS_KEY_ID,
                "anagama.store.secret-access-key",
                S3Server.SECRET_ACCESS_KEY));
    settings.put("anagama.store.connect-timeout-seconds", "1");
    settings.put("anagama.store.socket-timeout-seconds", "1");
    settings.put("anagama.store.attempt-timeout-seconds", "2");
    settings.put("anagama.store.call-timeout-seconds", "4");
    return ObjectStores.open(Settings.load(StoreConfig.class, Optional.empty(), settings));
  }

  private static URI unusedEndpoint() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return URI.create("http://127.0.0.1:" + free.getLocalPort());
    }
  }
}
