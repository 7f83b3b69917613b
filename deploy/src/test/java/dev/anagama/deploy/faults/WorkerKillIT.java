package dev.anagama.deploy.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.anagama.bench.TinyModel;
import dev.anagama.bench.faults.Gate;
import dev.anagama.bench.faults.Line;
import dev.anagama.bench.faults.StoreCall;
import dev.anagama.bench.faults.StoreFault;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A worker is killed at each stage of a job; each job ends once all the same. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class WorkerKillIT {
  private static final int NEIGHBOURS = 4;

  /** With these, and so many images, many seconds of work: a kill surely comes in time. */
  private static final int LONG_STEPS = 1000;

  private static final int LONG_IMAGES = 16;

  private Trial trial;

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    trial = Trial.start(folder, 2);
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
  void kill_jobTakenAndNotBegun() throws Exception {
    String id = "taken";
    Map<Line, Gate> gates =
        stopAt(call -> call.reads() && call.isAbout(Trial.manifest(id)), StoreFault.Held::new);
    trial.submit(id, 20);
    trial.submitShort("beside-taken", NEIGHBOURS);
    Line taker = reached(gates);
    assertThat(trial.ledger().starts(id)).isZero();
    taker.process().kill();
  }

  @Test
  void kill_inTheMiddleOfItsSteps() throws Exception {
    String id = "stepping";
    trial.submitShort("beside-stepping", NEIGHBOURS);
    trial.submit(id, TinyModel.NAME, 0, LONG_IMAGES, LONG_STEPS);
    trial.ledger().awaitSteps(id, 1, Trial.LONGEST);
    Line worker = trial.doing(id);
    worker.process().kill();
    assertThat(trial.ledger().ends(id)).as("it was killed in time").isEmpty();
  }

  @Test
  void kill_stored_notKnownToBeStored() throws Exception {
    String id = "stored";
    Map<Line, Gate> gates =
        stopAt(call -> call.puts() && call.isAbout(Trial.manifest(id)), StoreFault.AnswerHeld::new);
    trial.submit(id, 20);
    trial.submitShort("beside-stored", NEIGHBOURS);
    Line worker = reached(gates);
    assertThat(trial.rig().store().get(Trial.manifest(id))).isPresent();
    worker.process().kill();
    assertThat(trial.ledger().ends(id)).isEmpty();
  }

  @Test
  void kill_stored_notCommitted() throws Exception {
    String id = "untold";
    Map<Line, Gate> gates =
        stopAt(call -> call.puts() && call.isAbout(Trial.manifest(id)), StoreFault.Held::new);
    trial.submit(id, 20);
    trial.submitShort("beside-untold", NEIGHBOURS);
    Line worker = reached(gates);
    worker.kafka().hold();
    Objects.requireNonNull(gates.get(worker)).open();
    Awaitility.await()
        .atMost(Trial.LONGEST)
        .until(() -> trial.rig().store().get(Trial.manifest(id)).isPresent());
    assertThat(trial.ledger().ends(id)).isEmpty();
    worker.process().kill();
  }

  @Test
  void kill_committed() throws Exception {
    String id = "told";
    trial.submitShort("beside-told", NEIGHBOURS);
    trial.submit(id, 20);
    trial.ledger().awaitEnd(id, Trial.LONGEST);
    String worker = trial.ledger().ends(id).get(0).getSucceeded().getProvenance().getWorker();
    trial.worker(worker).process().kill();
  }

  /** Lets each worker come to such a request and no further. */
  private Map<Line, Gate> stopAt(Predicate<StoreCall> where, Function<Gate, StoreFault> fault) {
    Map<Line, Gate> gates = new LinkedHashMap<>();
    for (Line worker : trial.rig().workers()) {
      Gate gate = new Gate();
      gates.put(worker, gate);
      worker.storeProxy().harm(call -> where.test(call) ? fault.apply(gate) : StoreFault.NONE);
    }
    return gates;
  }

  /** The worker that has come there. */
  private static Line reached(Map<Line, Gate> gates) {
    Awaitility.await()
        .atMost(Trial.LONGEST)
        .until(() -> gates.values().stream().anyMatch(Gate::reached));
    return gates.entrySet().stream()
        .filter(entry -> entry.getValue().reached())
        .map(Map.Entry::getKey)
        .findFirst()
        .orElseThrow();
  }
}
