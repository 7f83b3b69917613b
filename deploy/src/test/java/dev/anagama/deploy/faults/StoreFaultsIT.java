package dev.anagama.deploy.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.anagama.bench.faults.Gate;
import dev.anagama.bench.faults.Line;
import dev.anagama.bench.faults.StoreCall;
import dev.anagama.bench.faults.StoreFault;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The object store fails, hangs and answers in part; each job succeeds all the same, once. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class StoreFaultsIT {
  private static final int JOBS = 16;

  private Trial trial;

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    trial = Trial.start(folder, 2);
  }

  @AfterEach
  void everyJobHasSucceededOnce() throws Exception {
    trial.requireAllSucceeded();
  }

  @AfterAll
  void stop() {
    trial.close();
  }

  @Test
  void store_failsInThreeOfTenCalls() throws Exception {
    Random random = new Random(1);
    harm(
        call ->
            random.nextDouble() < 0.3
                ? new StoreFault.Refused(random.nextBoolean() ? 500 : 503)
                : StoreFault.NONE);
    trial.submitShort("failing", JOBS);
    trial.ledger().awaitAll(Trial.LONGEST);
  }

  @Test
  void store_hangs() throws Exception {
    Gate gate = new Gate();
    harm(call -> new StoreFault.Unanswered(gate));
    trial.submitShort("hanging", JOBS);
    gate.awaitReached(Trial.LONGEST);
    // Longer than a call may take.
    Thread.sleep(8_000);
    assertThat(trial.ledger().open()).hasSize(JOBS);
    assertThat(trial.rig().workers()).allMatch(worker -> worker.process().alive());
  }

  @Test
  void store_answersInHalf() throws Exception {
    Random random = new Random(2);
    harm(call -> random.nextBoolean() ? new StoreFault.HalfAnswered() : StoreFault.NONE);
    trial.submitShort("half", JOBS);
    trial.ledger().awaitAll(Trial.LONGEST);
  }

  @Test
  void store_doesAndDoesNotAnswer() throws Exception {
    Random random = new Random(3);
    harm(
        call ->
            call.puts() && random.nextBoolean() ? new StoreFault.AnswerDropped() : StoreFault.NONE);
    trial.submitShort("unanswered", JOBS);
    trial.ledger().awaitAll(Trial.LONGEST);
  }

  /** A write that was given up, or whose sender is dead, comes when the job is done. */
  @Test
  void store_writesLate() throws Exception {
    Gate gate = new Gate();
    Line first = trial.rig().workers().get(0);
    first.storeProxy().harm(call -> call.puts() ? new StoreFault.Held(gate) : StoreFault.NONE);
    trial.submitShort("late", JOBS);
    gate.awaitReached(Trial.LONGEST);
    first.process().kill();
    trial.ledger().awaitAll(Trial.LONGEST);
    gate.open();
    // The audit that follows looks at the objects once more.
    first.storeProxy().awaitQuiet(Trial.LONGEST);
  }

  private void harm(Function<StoreCall, StoreFault> harm) {
    trial.rig().workers().forEach(worker -> worker.storeProxy().harm(harm));
  }
}
