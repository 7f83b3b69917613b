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

  private static void workerKilled(FaultRig rig, SplittableRandom random)
      throws InterruptedException {
    one(rig, random).process().kill();
    pause(random, 0, 5 * SECOND);
  }

  /** It wakes when its partitions are another's, and goes on as if nothing had been. */
  private static void workerPaused(FaultRig rig, SplittableRandom random)
      throws InterruptedException {
    Part worker = one(rig, random).process();
    worker.pause();
    pause(random, SESSION, SESSION + 10 * SECOND);
    worker.resume();
    pause(random, 5 * SECOND, 10 * SECOND);
  }

  private static void workersRestarted(FaultRig rig, SplittableRandom random)
      throws InterruptedException, TimeoutException {
    for (Line worker : rig.workers()) {
      worker.process().terminate(STOP);
      worker.process().start();
      worker.process().awaitReady(FaultRig.START);
    }
  }

  private static void gatewayKilled(FaultRig rig, SplittableRandom random)
      throws InterruptedException {
    rig.gateway().process().kill();
    pause(random, 0, 3 * SECOND);
  }

  private static void brokerKilled(FaultRig rig, SplittableRandom random)
      throws InterruptedException {
    rig.broker().kill();
    pause(random, 0, 10 * SECOND);
  }

  private static void brokerPaused(FaultRig rig, SplittableRandom random)
      throws InterruptedException {
    rig.broker().pause();
    pause(random, 2 * SECOND, 12 * SECOND);
    rig.broker().resume();
  }

  /** What a worker says comes late, perhaps when it is not a member any more. */
  private static void kafkaHeld(FaultRig rig, SplittableRandom random) throws InterruptedException {
    Line worker = one(rig, random);
    worker.kafka().hold(Direction.TO_TARGET);
    pause(random, SECOND, SESSION + 5 * SECOND);
    if (random.nextBoolean()) {
      worker.process().kill();
    }
  }

  /** The broker does what a worker asks, and the worker does not hear of it. */
  private static void kafkaAnswersHeld(FaultRig rig, SplittableRandom random)
      throws InterruptedException {
    Line worker = one(rig, random);
    worker.kafka().hold(Direction.TO_CLIENT);
    pause(random, SECOND, SESSION + 5 * SECOND);
    if (random.nextBoolean()) {
      worker.kafka().cut();
    }
  }

  private static void kafkaReset(FaultRig rig, SplittableRandom random)
      throws InterruptedException {
    for (int i = 0; i < 10; i++) {
      rig.workers().forEach(worker -> worker.kafka().reset());
      rig.gateway().kafka().reset();
      pause(random, 0, 2 * SECOND);
    }
  }

  private static void kafkaSlow(FaultRig rig, SplittableRandom random) throws InterruptedException {
    Line worker = one(rig, random);
    worker.kafka().delay(Direction.TO_TARGET, random.nextLong(50, 500));
    worker.kafka().delay(Direction.TO_CLIENT, random.nextLong(50, 500));
    pause(random, 5 * SECOND, 15 * SECOND);
  }

  private static void storeFailing(FaultRig rig, SplittableRandom random)
      throws InterruptedException {
    Chance chance = new Chance(random.split());
    for (Line worker : rig.workers()) {
      worker
          .storeProxy()
          .harm(
              call ->
                  chance.of(FAILING_SHARE)
                      ? new StoreFault.Refused(chance.of(0.5) ? 500 : 503)
                      : StoreFault.NONE);
    }
    pause(random, 10 * SECOND, 20 * SECOND);
  }

  private static void storeHanging(FaultRig rig, SplittableRandom random)
      throws InterruptedException {
    Gate gate = new Gate();
    for (Line worker : rig.workers()) {
      worker.storeProxy().harm(call -> new StoreFault.Unanswered(gate));
    }
    pause(random, 5 * SECOND, 20 * SECOND);
  }

  private static void storeHalfAnswers(FaultRig rig, SplittableRandom random)
      throws InterruptedException {
    Chance chance = new Chance(random.split());
    for (Line worker : rig.workers()) {
      worker
          .storeProxy()
          .harm(call -> chance.of(0.5) ? new StoreFault.HalfAnswered() : StoreFault.NONE);
    }
    pause(random, 10 * SECOND, 20 * SECOND);
  }

  private static void storeAnswersLost(FaultRig rig, SplittableRandom random)
      throws InterruptedException {
    Chance chance = new Chance(random.split());
    for (Line worker : rig.workers()) {
      worker
          .storeProxy()
          .harm(
              call ->
                  call.puts() && chance.of(FAILING_SHARE)
                      ? new StoreFault.AnswerDropped()
                      : StoreFault.NONE);
    }
    pause(random, 10 * SECOND, 20 * SECOND);
  }

  /** What a worker wrote comes to the store when another one has done its jobs. */
  private static void storeWritesLate(FaultRig rig, SplittableRandom random)
      throws InterruptedException {
    Gate gate = new Gate();
    Line worker = one(rig, random);
    worker.storeProxy().harm(call -> call.puts() ? new StoreFault.Held(gate) : StoreFault.NONE);
    pause(random, SECOND, 3 * SECOND);
    worker.process().kill();
    pause(random, SESSION, SESSION + 5 * SECOND);
  }

  private static void storeAway(FaultRig rig, SplittableRandom random) throws InterruptedException {
    rig.workers().forEach(worker -> worker.storeProxy().refuse());
    rig.gateway().storeProxy().refuse();
    pause(random, 3 * SECOND, 15 * SECOND);
  }

  private static Line one(FaultRig rig, SplittableRandom random) {
    return rig.workers().get(random.nextInt(rig.workers().size()));
  }

  private static void pause(SplittableRandom random, long leastMillis, long mostMillis)
      throws InterruptedException {
    Thread.sleep(random.nextLong(leastMillis, mostMillis + 1));
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
