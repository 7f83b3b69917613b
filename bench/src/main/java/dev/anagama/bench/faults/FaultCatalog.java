package dev.anagama.bench.faults;

import dev.anagama.bench.faults.TcpProxy.Direction;
import dev.anagama.platform.kafka.KafkaEnds;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeoutException;

/** Every kind of fault there is. */
final class FaultCatalog {
  /** Longer than a worker may take to finish what it has begun. */
  private static final Duration STOP = Duration.ofSeconds(60);

  private static final long SECOND = 1_000;
  private static final double FAILING_SHARE = 0.3;

  /** After this without a word a worker's partitions are another's. */
  private static final long SESSION = KafkaEnds.SESSION_TIMEOUT_MILLIS;

  private FaultCatalog() {}

  /** All of them, in no order that matters. */
  static List<Fault> all() {
    return List.of(
        new Fault("worker_killed", FaultCatalog::workerKilled),
        new Fault("worker_paused", FaultCatalog::workerPaused),
        new Fault("workers_restarted", FaultCatalog::workersRestarted),
        new Fault("gateway_killed", FaultCatalog::gatewayKilled),
        new Fault("broker_killed", FaultCatalog::brokerKilled),
        new Fault("broker_paused", FaultCatalog::brokerPaused),
        new Fault("kafka_held", FaultCatalog::kafkaHeld),
        new Fault("kafka_answers_held", FaultCatalog::kafkaAnswersHeld),
        new Fault("kafka_reset", FaultCatalog::kafkaReset),
        new Fault("kafka_slow", FaultCatalog::kafkaSlow),
        new Fault("store_failing", FaultCatalog::storeFailing),
        new Fault("store_hanging", FaultCatalog::storeHanging),
        new Fault("store_half_answers", FaultCatalog::storeHalfAnswers),
        new Fault("store_answers_lost", FaultCatalog::storeAnswersLost),
        new Fault("store_writes_late", FaultCatalog::storeWritesLate),
        new Fault("store_away", FaultCatalog::storeAway));
  }

  private static void workerKilled(Fault.Scene scene) throws InterruptedException {
    scene.kill(scene.worker());
    scene.pause(0, 5 * SECOND);
  }

  /** It wakes when its partitions are another's, and goes on as if nothing had been. */
  private static void workerPaused(Fault.Scene scene) throws InterruptedException {
    Part worker = scene.worker().process();
    worker.pause();
    scene.pause(SESSION, SESSION + 10 * SECOND);
    worker.resume();
    scene.pause(5 * SECOND, 10 * SECOND);
  }

  private static void workersRestarted(Fault.Scene scene)
      throws InterruptedException, TimeoutException {
    for (Line worker : scene.rig().workers()) {
      worker.process().terminate(STOP);
      worker.process().start();
      worker.process().awaitReady(FaultRig.START);
    }
  }

  private static void gatewayKilled(Fault.Scene scene) throws InterruptedException {
    scene.rig().gateway().process().kill();
    scene.pause(0, 3 * SECOND);
  }

  private static void brokerKilled(Fault.Scene scene) throws InterruptedException {
    scene.rig().broker().kill();
    scene.pause(0, 10 * SECOND);
  }

  private static void brokerPaused(Fault.Scene scene) throws InterruptedException {
    scene.rig().broker().pause();
    scene.pause(2 * SECOND, 12 * SECOND);
    scene.rig().broker().resume();
  }

  /** What a worker says comes late, perhaps when it is not a member any more. */
  private static void kafkaHeld(Fault.Scene scene) throws InterruptedException {
    Line worker = scene.worker();
    worker.kafka().hold(Direction.TO_TARGET);
    scene.pause(SECOND, SESSION + 5 * SECOND);
    if (scene.random().nextBoolean()) {
      scene.kill(worker);
    }
  }

  /** The broker does what a worker asks, and the worker does not hear of it. */
  private static void kafkaAnswersHeld(Fault.Scene scene) throws InterruptedException {
    Line worker = scene.worker();
    worker.kafka().hold(Direction.TO_CLIENT);
    scene.pause(SECOND, SESSION + 5 * SECOND);
    if (scene.random().nextBoolean()) {
      worker.kafka().cut();
    }
  }

  private static void kafkaReset(Fault.Scene scene) throws InterruptedException {
    for (int i = 0; i < 10; i++) {
      scene.rig().workers().forEach(worker -> worker.kafka().reset());
      scene.rig().gateway().kafka().reset();
      scene.pause(0, 2 * SECOND);
    }
  }

  private static void kafkaSlow(Fault.Scene scene) throws InterruptedException {
    Line worker = scene.worker();
    worker.kafka().delay(Direction.TO_TARGET, scene.random().nextLong(50, 500));
    worker.kafka().delay(Direction.TO_CLIENT, scene.random().nextLong(50, 500));
    scene.pause(5 * SECOND, 15 * SECOND);
  }

  private static void storeFailing(Fault.Scene scene) throws InterruptedException {
    Chance chance = new Chance(scene.random().split());
    for (Line worker : scene.rig().workers()) {
      worker
          .storeProxy()
          .harm(
              call ->
                  chance.of(FAILING_SHARE)
                      ? new StoreFault.Refused(chance.of(0.5) ? 500 : 503)
                      : StoreFault.NONE);
    }
    scene.pause(10 * SECOND, 20 * SECOND);
  }

  private static void storeHanging(Fault.Scene scene) throws InterruptedException {
    Gate gate = new Gate();
    for (Line worker : scene.rig().workers()) {
      worker.storeProxy().harm(call -> new StoreFault.Unanswered(gate));
    }
    scene.pause(5 * SECOND, 20 * SECOND);
  }

  private static void storeHalfAnswers(Fault.Scene scene) throws InterruptedException {
    Chance chance = new Chance(scene.random().split());
    for (Line worker : scene.rig().workers()) {
      worker
          .storeProxy()
          .harm(call -> chance.of(0.5) ? new StoreFault.HalfAnswered() : StoreFault.NONE);
    }
    scene.pause(10 * SECOND, 20 * SECOND);
  }

  private static void storeAnswersLost(Fault.Scene scene) throws InterruptedException {
    Chance chance = new Chance(scene.random().split());
    for (Line worker : scene.rig().workers()) {
      worker
          .storeProxy()
          .harm(
              call ->
                  call.puts() && chance.of(FAILING_SHARE)
                      ? new StoreFault.AnswerDropped()
                      : StoreFault.NONE);
    }
    scene.pause(10 * SECOND, 20 * SECOND);
  }

  /** What a worker wrote comes to the store when another one has done its jobs. */
  private static void storeWritesLate(Fault.Scene scene) throws InterruptedException {
    Gate gate = new Gate();
    Line worker = scene.worker();
    worker.storeProxy().harm(call -> call.puts() ? new StoreFault.Held(gate) : StoreFault.NONE);
    scene.pause(SECOND, 3 * SECOND);
    scene.kill(worker);
    scene.pause(SESSION, SESSION + 5 * SECOND);
  }

  private static void storeAway(Fault.Scene scene) throws InterruptedException {
    scene.rig().workers().forEach(worker -> worker.storeProxy().refuse());
    scene.rig().gateway().storeProxy().refuse();
    scene.pause(3 * SECOND, 15 * SECOND);
  }

  /** Decides for the threads of the proxies. */
  private record Chance(SplittableRandom random) {
    boolean of(double share) {
      synchronized (random) {
        return random.nextDouble() < share;
      }
    }
  }
}
