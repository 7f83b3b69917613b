package dev.anagama.diffusion.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import ai.djl.engine.Engine;
import ai.djl.pytorch.jni.JniUtils;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class LanesTest {
  @BeforeAll
  static void loadPyTorch() {
    assertThat(Engine.getInstance().getEngineName()).isEqualTo("PyTorch");
  }

  @Test
  void runAll_everyPart_runsBesideTheOthersAndAnswersInOrder() {
    CountDownLatch met = new CountDownLatch(3);
    try (Lanes lanes = new Lanes(3, 1)) {
      List<Integer> results =
          lanes.runAll(
              3,
              part -> {
                met.countDown();
                awaitUninterrupted(met);
                return 10 * part;
              });

      assertThat(results).containsExactly(0, 10, 20);
      assertThat(lanes.runAll(2, part -> part)).containsExactly(0, 1);
    }
  }

  @Test
  void construct_anyNumberOfThreadsBefore_confinesTheLanesAndLeavesOthersAsTheyWere()
      throws InterruptedException {
    int before = JniUtils.getNumThreads();
    JniUtils.setNumThreads(3);
    try (Lanes lanes = new Lanes(2, 1)) {
      assertThat(lanes.runAll(2, part -> JniUtils.getNumThreads())).containsExactly(1, 1);
      assertThat(JniUtils.getNumThreads()).isEqualTo(3);
      assertThat(onAFreshThread(JniUtils::getNumThreads)).isEqualTo(3);
    } finally {
      JniUtils.setNumThreads(before);
    }
  }

  @Test
  void limitCaller_againAndAgain_isForTheCallerAlone() throws InterruptedException {
    int before = JniUtils.getNumThreads();
    JniUtils.setNumThreads(3);
    try {
      int own =
          onAFreshThread(
              () -> {
                IntraOpThreads.limitCaller(1);
                IntraOpThreads.limitCaller(2);
                IntraOpThreads.limitCaller(1);
                return JniUtils.getNumThreads();
              });
      assertThat(own).isEqualTo(1);
      assertThat(onAFreshThread(JniUtils::getNumThreads)).isEqualTo(3);
    } finally {
      JniUtils.setNumThreads(before);
    }
  }

  @Test
  void construct_threadsEach_areThoseOfALane() {
    try (Lanes lanes = new Lanes(1, 2)) {
      assertThat(lanes.runAll(1, part -> JniUtils.getNumThreads())).containsExactly(2);
    }
  }

  @Test
  void runAll_partsFail_throwsTheFirstWithTheOthersOnceAllHaveEnded() {
    AtomicInteger ended = new AtomicInteger();
    CountDownLatch failed = new CountDownLatch(1);
    try (Lanes lanes = new Lanes(3, 1)) {
      assertThatThrownBy(
              () ->
                  lanes.runAll(
                      3,
                      part -> {
                        if (part == 1) {
                          failed.countDown();
                          throw new IllegalStateException("out of memory");
                        }
                        awaitUninterrupted(failed);
                        ended.incrementAndGet();
                        if (part == 2) {
                          throw new AssertionError("the last");
                        }
                        return part;
                      }))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("out of memory")
          .satisfies(e -> assertThat(e.getSuppressed()).hasSize(1))
          .hasSuppressedException(new AssertionError("the last"));

      assertThat(ended).hasValue(2);
      assertThat(lanes.runAll(3, part -> part)).containsExactly(0, 1, 2);
    }
  }

  @Test
  void runAll_callerInterrupted_waitsAllTheSameAndStaysInterrupted() {
    try (Lanes lanes = new Lanes(2, 1)) {
      Thread.currentThread().interrupt();
      List<Integer> results = lanes.runAll(2, part -> part);

      assertThat(Thread.interrupted()).isTrue();
      assertThat(results).containsExactly(0, 1);
    }
  }

  @Test
  void runAll_callerConfinedAsALane_takesTheLastPartBesideTheOthers() throws InterruptedException {
    List<Thread> threads =
        onAFreshThread(
            () -> {
              IntraOpThreads.limitCaller(1);
              CountDownLatch met = new CountDownLatch(3);
              try (Lanes lanes = new Lanes(3, 1)) {
                List<Thread> ofParts =
                    lanes.runAll(
                        3,
                        part -> {
                          met.countDown();
                          awaitUninterrupted(met);
                          return Thread.currentThread();
                        });
                assertThat(ofParts.get(2)).isSameAs(Thread.currentThread());
                return ofParts;
              }
            });

    assertThat(threads).doesNotHaveDuplicates();
  }

  @Test
  void runAll_partOfTheCallerFails_throwsOnceTheOthersHaveEnded() throws InterruptedException {
    CountDownLatch failed = new CountDownLatch(1);
    AtomicInteger ended = new AtomicInteger();
    Throwable thrown =
        onAFreshThread(
            () -> {
              IntraOpThreads.limitCaller(1);
              try (Lanes lanes = new Lanes(2, 1)) {
                return catchThrowable(
                    () ->
                        lanes.runAll(
                            2,
                            part -> {
                              if (part == 1) {
                                failed.countDown();
                                throw new IllegalStateException("out of memory");
                              }
                              awaitUninterrupted(failed);
                              return ended.incrementAndGet();
                            }));
              }
            });

    assertThat(thrown).isInstanceOf(IllegalStateException.class).hasMessage("out of memory");
    assertThat(ended).hasValue(1);
  }

  @Test
  void close_itsThreads_end() throws InterruptedException {
    Set<Thread> threads = ConcurrentHashMap.newKeySet();
    Lanes lanes = new Lanes(2, 1);
    CountDownLatch met = new CountDownLatch(2);
    var unused =
        onAFreshThread(
            () -> {
              // Unlike a lane, so that it takes no part itself.
              IntraOpThreads.limitCaller(2);
              return lanes.runAll(
                  2,
                  part -> {
                    met.countDown();
                    awaitUninterrupted(met);
                    return threads.add(Thread.currentThread());
                  });
            });

    lanes.close();

    assertThat(threads).hasSize(2);
    for (Thread thread : threads) {
      thread.join(10_000);
      assertThat(thread.isAlive()).isFalse();
    }
  }

  private static <T> T onAFreshThread(Supplier<T> task) throws InterruptedException {
    List<T> results = new CopyOnWriteArrayList<>();
    Thread thread = new Thread(() -> results.add(task.get()));
    thread.start();
    thread.join();
    return results.get(0);
  }

  private static void awaitUninterrupted(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
