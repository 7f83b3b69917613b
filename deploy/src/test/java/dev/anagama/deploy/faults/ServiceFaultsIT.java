package dev.anagama.deploy.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.anagama.bench.TinyModel;
import dev.anagama.bench.faults.FaultRig;
import dev.anagama.bench.faults.Line;
import dev.anagama.bench.faults.TcpProxy.Direction;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Gateway, broker and workers come and go under load; each job ends once all the same. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ServiceFaultsIT {
  private static final Duration STOP = Duration.ofSeconds(60);
  private static final int LONG_STEPS = 1000;

  private Trial trial;

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    trial = Trial.start(folder, 3);
  }

  @AfterEach
  void everyJobHasEndedOnce() throws Exception {
    trial.requireAllSucceeded();
  }

  @AfterAll
  void stop() {
    trial.close();
  }

  @Test
  void gatewayKilled_afterItAcknowledged() throws Exception {
    trial.submit("from-the-last-life", LONG_STEPS);
    trial.submitShort("acknowledged", 8);
    trial.rig().gateway().process().kill();
    trial.rig().gateway().process().start();
    // Taken again: the gateway knows it from the log, and it is not done twice.
    trial.submit("from-the-last-life", LONG_STEPS);
  }

  @Test
  void brokerKilled_jobsQueuedAndRunning() throws Exception {
    trial.submit("over-the-brokers-death", LONG_STEPS);
    trial.submitShort("queued-at-the-brokers-death", 8);
    trial.rig().broker().kill();
    trial.rig().broker().start();
    trial.submitShort("after-the-brokers-death", 4);
  }

  @Test
  void workerPaused_wakesWhenItsJobIsAnothers() throws Exception {
    String id = "two-workers";
    // Some seconds of work, so that both are at it when the first one wakes.
    trial.submit(id, TinyModel.NAME, 1, 16, LONG_STEPS);
    trial.ledger().awaitSteps(id, 1, Trial.LONGEST);
    Line zombie = trial.doing(id);
    zombie.process().pause();
    Awaitility.await()
        .atMost(Trial.LONGEST)
        .until(() -> !trial.ledger().worker(id).equals(zombie.process().name()));
    zombie.process().resume();
    trial.ledger().awaitEnd(id, Trial.LONGEST);
    trial.submitShort("after-it-woke", 6);
  }

  @Test
  void workersRestarted_oneAfterTheOther_underLoad() throws Exception {
    for (Line worker : trial.rig().workers()) {
      trial.submit("rolling-" + worker.process().name(), LONG_STEPS);
      trial.submitShort("rolling-" + worker.process().name(), 8);
      worker.process().terminate(STOP);
      worker.process().start();
      worker.process().awaitReady(FaultRig.START);
    }
    assertThat(trial.rig().workers()).allMatch(worker -> worker.process().alive());
  }

  @Test
  void linesToTheBroker_slowUnansweredAndBrokenOff_underLoad() throws Exception {
    List<Line> workers = trial.rig().workers();
    for (Line worker : workers) {
      trial.submit("lines-" + worker.process().name(), LONG_STEPS);
    }
    workers.get(0).kafka().delay(Direction.TO_CLIENT, 200);
    workers.get(1).kafka().hold(Direction.TO_CLIENT);
    for (int i = 0; i < 5; i++) {
      trial.submitShort("lines-" + i, 4);
      workers.get(2).kafka().reset();
      trial.rig().gateway().kafka().reset();
    }
    // What the broker has done for this one it will not hear.
    workers.get(1).kafka().cut();
  }
}
