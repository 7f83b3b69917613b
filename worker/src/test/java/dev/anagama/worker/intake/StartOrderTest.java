package dev.anagama.worker.intake;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.junit.jupiter.api.Test;

class StartOrderTest {
  private static final int PLACES = 6;

  /**
   * A partition in which some jobs end the worker that runs them. Workers come one after another
   * and do what the intake does: count, commit, begin. What each job and each commit has seen is
   * kept aside, and compared.
   */
  private static final class Trace {
    private final Random random;
    private final Set<Long> killers = new TreeSet<>();
    private final int records;
    private final boolean otherCrashes;
    private final Map<Long, Integer> begun = new HashMap<>();
    private final Map<Long, Integer> handedBack = new HashMap<>();
    private final Set<Long> ended = new TreeSet<>();
    private final Set<Long> givenUp = new TreeSet<>();
    private OffsetAndMetadata kept = new OffsetAndMetadata(0);

    // One life of a worker.
    private OffsetWatermark watermark = new OffsetWatermark(CommittedProgress.at(0));
    private StartOrder<Long> starts = new StartOrder<>();
    private final List<Long> running = new ArrayList<>();
    private final List<Long> answered = new ArrayList<>();
    private long next;
    private long now;

    Trace(int seed, boolean otherCrashes) {
      this.random = new Random(seed);
      this.records = 1 + random.nextInt(40);
      this.otherCrashes = otherCrashes;
      for (int i = random.nextInt(4); i > 0; i--) {
        killers.add((long) random.nextInt(records));
      }
    }

    void run() {
      for (int lives = 0; kept.offset() < records; lives++) {
        assertThat(lives).as("lives").isLessThan(1000);
        watermark = new OffsetWatermark(CommittedProgress.of(kept));
        starts = new StartOrder<>();
        running.clear();
        answered.clear();
        next = kept.offset();
        while (kept.offset() < records && !step()) {
          now++;
        }
      }
    }

    /** Returns whether that was the end of the worker. */
    private boolean step() {
      switch (random.nextInt(8)) {
        case 0, 1 -> take();
        case 2, 3 -> begin();
        case 4 -> finishOne();
        case 5 -> failOne();
        case 6 -> {
          return running.stream().anyMatch(killers::contains) && random.nextInt(3) == 0;
        }
        case 7 -> {
          return otherCrashes && random.nextInt(20) == 0 && (random.nextBoolean() || handBack());
        }
      }
      return false;
    }

    private void take() {
      while (next < records && watermark.finished(next)) {
        next++;
      }
      if (next >= records || !starts.takes(now)) {
        return;
      }
      assertThat(ended).as("finished, and met again").doesNotContain(next);
      watermark.take(next);
      Attempts attempts = watermark.attempts(next);
      assertThat(attempts.begun())
          .as("attempts at %d", next)
          .isGreaterThanOrEqualTo(times(begun, next) - times(handedBack, next));
      if (attempts.exhausted()) {
        givenUp.add(next);
        end(next);
      } else {
        starts.add(next, attempts.suspect(), now);
      }
      next++;
    }

    private void begin() {
      List<Long> counted = new ArrayList<>();
      while (running.size() + counted.size() < PLACES && starts.next(now).isPresent()) {
        long job = starts.next(now).get();
        watermark.begin(job);
        starts.begun(job);
        counted.add(job);
      }
      commit();
      counted.forEach(job -> begun.merge(job, 1, Integer::sum));
      running.addAll(counted);
      long suspects = running.stream().filter(job -> suspectBefore(job)).count();
      assertThat(suspects == 0 || running.size() == 1).as("alone: %s", running).isTrue();
    }

    /** Whether it was one when it began. */
    private boolean suspectBefore(long job) {
      return watermark.attempts(job).handBack().suspect();
    }

    private void finishOne() {
      if (!running.isEmpty()) {
        long job = running.get(random.nextInt(running.size()));
        if (!killers.contains(job)) {
          running.remove(job);
          starts.remove(job);
          end(job);
        }
      }
    }

    /** An attempt that fails in order, for a reason from outside. */
    private void failOne() {
      if (!running.isEmpty() && otherCrashes && random.nextInt(4) == 0) {
        long job = running.remove(random.nextInt(running.size()));
        watermark.excuse(job);
        if (watermark.attempts(job).exhausted()) {
          starts.remove(job);
          givenUp.add(job);
          end(job);
        } else {
          starts.add(job, watermark.attempts(job).suspect(), now + random.nextInt(50));
        }
      }
    }

    private void end(long job) {
      watermark.finish(job);
      answered.add(job);
    }

    private boolean handBack() {
      for (long job : running) {
        watermark.handBack(job);
        handedBack.merge(job, 1, Integer::sum);
      }
      commit();
      return true;
    }

    private void commit() {
      assertThat(answered).noneMatch(ended::contains);
      ended.addAll(answered);
      answered.clear();
      kept = watermark.progress().committed();
    }

    private static int times(Map<Long, Integer> counts, long job) {
      return counts.getOrDefault(job, 0);
    }
  }

  @Test
  void killers_areGivenUpAfterTheirAttempts_andNobodyElseIs() {
    for (int seed = 0; seed < 2000; seed++) {
      Trace trace = new Trace(seed, false);
      trace.run();
      assertThat(trace.ended).as("seed %d", seed).hasSize(trace.records);
      assertThat(trace.givenUp).as("seed %d", seed).isEqualTo(trace.killers);
      assertThat(trace.killers)
          .allSatisfy(job -> assertThat(trace.begun).containsEntry(job, Attempts.LIMIT));
      assertThat(trace.begun.values()).allMatch(times -> times <= Attempts.LIMIT);
    }
  }

  @Test
  void crashesRevocationsAndFailures_loseNothingAndFinishNothingTwice() {
    for (int seed = 0; seed < 2000; seed++) {
      Trace trace = new Trace(seed, true);
      trace.run();
      assertThat(trace.ended).as("seed %d", seed).hasSize(trace.records);
      assertThat(trace.killers).as("seed %d", seed).allMatch(trace.givenUp::contains);
    }
  }

  @Test
  void pause_holdsNobodyElseUp() {
    StartOrder<String> starts = new StartOrder<>();
    starts.add("paused", true, 100);
    starts.add("other", false, 0);

    assertThat(starts.takes(0)).isTrue();
    assertThat(starts.next(0)).contains("other");
    starts.begun("other");
    assertThat(starts.takes(100)).isFalse();
    assertThat(starts.next(100)).isEmpty();
    starts.remove("other");
    assertThat(starts.next(100)).contains("paused");
    starts.begun("paused");
    assertThat(starts.takes(100)).isFalse();
    starts.remove("paused");
    assertThat(starts.takes(100)).isTrue();
  }
}
