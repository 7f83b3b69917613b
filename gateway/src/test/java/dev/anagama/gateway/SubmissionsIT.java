package dev.anagama.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.anagama.gateway.HttpCaller.Answer;
import dev.anagama.v1.GenerationGrpcClient;
import dev.anagama.v1.GenerationJob;
import dev.anagama.v1.Job;
import dev.anagama.v1.JobSpec;
import dev.anagama.v1.SubmitJobRequest;
import io.vertx.core.Vertx;
import io.vertx.core.net.SocketAddress;
import io.vertx.grpc.client.GrpcClient;
import io.vertx.grpc.client.InvalidStatusException;
import io.vertx.grpc.common.GrpcStatus;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many submissions of few ids, over both protocols, through one gateway and through two. */
class SubmissionsIT {
  private static final int IDS = 100;
  private static final int SUBMISSIONS = 1000;
  private static final int ROUNDS = 3;
  private static final int CALLERS = 32;

  /** A gateway that believes Kafka to be away for a moment refuses all for some seconds. */
  private static final long TRYING_NANOS = TimeUnit.MINUTES.toNanos(2);

  @TempDir static Path folder;
  private static Harness harness;
  private static Vertx vertx;
  private static GrpcClient grpc;
  private static ExecutorService callers;
  private static List<Door> both;

  /** A gateway, by both protocols. */
  private record Door(HttpCaller http, GenerationGrpcClient grpc) {}

  /** A submission; its seed stands for its body. */
  private record Call(String id, int seed, boolean overGrpc, Door door) {}

  /** What came of it: the seed of the job that was answered, or that the id is another job's. */
  private record Outcome(Call call, boolean accepted, long seed) {}

  @BeforeAll
  static void open() throws Exception {
    harness = new Harness(folder);
    harness.publishModel();
    vertx = Vertx.vertx();
    grpc = GrpcClient.client(vertx);
    callers = Executors.newFixedThreadPool(CALLERS);
    both = List.of(door(), door());
  }

  @AfterAll
  static void close() throws Exception {
    callers.shutdownNow();
    vertx.close().toCompletionStage().toCompletableFuture().get(2, TimeUnit.MINUTES);
    harness.close();
  }

  @Test
  void oneGateway_hundredIds_areAHundredJobs_ofOneRecordEach() throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      String name = "one-" + round;
      List<Outcome> outcomes = submit(calls(name, both.subList(0, 1), 1, round));

      assertThat(outcomes).allMatch(Outcome::accepted);
      assertThat(recordsById(name))
          .hasSize(IDS)
          .allSatisfy((id, seeds) -> assertThat(seeds).hasSize(1));
    }
  }

  @Test
  void twoGateways_hundredIds_areAHundredJobs() throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      String name = "two-" + round;
      List<Outcome> outcomes = submit(calls(name, both, 1, round));

      assertThat(outcomes).allMatch(Outcome::accepted);
      assertThat(recordsById(name))
          .hasSize(IDS)
          .allSatisfy((id, seeds) -> assertThat(seeds).containsOnly(1L).hasSizeLessThan(3));
    }
  }

  @Test
  void twoBodiesUnderOneId_oneIsTheJob_andTheOtherAConflict_forGood() throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      String name = "bodies-" + round;
      List<Outcome> outcomes = submit(calls(name, both, 2, round));

      Map<String, List<Outcome>> byId =
          outcomes.stream().collect(Collectors.groupingBy(outcome -> outcome.call().id()));
      assertThat(byId).hasSize(IDS);
      Map<String, Long> winners = new HashMap<>();
      byId.forEach((id, of) -> winners.put(id, winner(id, of)));
      assertThat(recordsById(name)).hasSize(IDS);
      if (round == ROUNDS - 1) {
        assertForGood(winners);
      }
    }
  }

  /** The one seed that was accepted; every call of it was, and none of the other. */
  private static long winner(String id, List<Outcome> outcomes) {
    List<Long> accepted =
        outcomes.stream().filter(Outcome::accepted).map(Outcome::seed).distinct().toList();
    assertThat(accepted).as("bodies accepted under " + id).hasSize(1);
    assertThat(outcomes)
        .allSatisfy(
            outcome ->
                assertThat(outcome.accepted())
                    .as(outcome.toString())
                    .isEqualTo(outcome.call().seed() == accepted.get(0)));
    return accepted.get(0);
  }

  /** Through both gateways and a new one, before and after the end. */
  private static void assertForGood(Map<String, Long> winners) throws Exception {
    List<String> some = winners.keySet().stream().sorted().limit(5).toList();
    for (String id : some) {
      harness.worker.succeed(takeWinner(id, seed(winners, id)));
    }
    List<Door> all = new ArrayList<>(both);
    all.add(door());
    List<Call> calls = new ArrayList<>();
    for (Door door : all) {
      for (String id : winners.keySet()) {
        for (int seed = 1; seed <= 2; seed++) {
          calls.add(new Call(id, seed, id.hashCode() % 2 == 0, door));
        }
      }
    }
    assertThat(submit(calls))
        .allSatisfy(
            outcome ->
                assertThat(outcome.accepted())
                    .as(outcome.toString())
                    .isEqualTo(outcome.call().seed() == seed(winners, outcome.call().id())));
  }

  private static long seed(Map<String, Long> winners, String id) {
    return Objects.requireNonNull(winners.get(id), id);
  }

  /** The first record of a job is the one that counts. */
  private static GenerationJob takeWinner(String id, long seed) throws Exception {
    GenerationJob first = harness.worker.recordsOf(id).get(0);
    assertThat(first.getSpec().getSeed()).isEqualTo(seed);
    return first;
  }

  private static List<Call> calls(String name, List<Door> doors, int bodies, int seed) {
    List<Call> calls = new ArrayList<>();
    for (int i = 0; i < SUBMISSIONS; i++) {
      int turn = i / IDS;
      calls.add(
          new Call(
              "%s-%d".formatted(name, i % IDS),
              1 + turn % bodies,
              turn / 2 % 2 == 1,
              doors.get(turn / 4 % doors.size())));
    }
    // Those of one id close together, but in no order.
    Collections.sort(calls, Comparator.comparing(Call::id));
    for (int from = 0; from < calls.size(); from += CALLERS) {
      Collections.shuffle(
          calls.subList(from, Math.min(calls.size(), from + CALLERS)), new Random(seed));
    }
    return calls;
  }

  private static List<Outcome> submit(List<Call> calls) throws Exception {
    List<Future<Outcome>> answers = new ArrayList<>();
    for (Call call : calls) {
      answers.add(callers.submit(() -> outcome(call)));
    }
    List<Outcome> outcomes = new ArrayList<>();
    for (Future<Outcome> answer : answers) {
      outcomes.add(answer.get(5, TimeUnit.MINUTES));
    }
    return outcomes;
  }

  /** As a caller does who is told to send it again. */
  private static Outcome outcome(Call call) throws Exception {
    long startNanos = System.nanoTime();
    while (System.nanoTime() - startNanos < TRYING_NANOS) {
      Optional<Outcome> outcome = call.overGrpc() ? overGrpc(call) : overHttp(call);
      if (outcome.isPresent()) {
        return outcome.get();
      }
      Thread.sleep(20);
    }
    throw new AssertionError("still unavailable: " + call);
  }

  private static Optional<Outcome> overHttp(Call call) throws Exception {
    Answer answer = call.door().http().put(call.id(), "{\"seed\": %d}".formatted(call.seed()));
    return switch (answer.status()) {
      case 200, 202 ->
          Optional.of(new Outcome(call, true, answer.json().get("spec").get("seed").asLong()));
      case 409 -> Optional.of(new Outcome(call, false, 0));
      case 503 -> Optional.empty();
      default -> throw new AssertionError(answer.text());
    };
  }

  private static Optional<Outcome> overGrpc(Call call) throws Exception {
    SubmitJobRequest request =
        SubmitJobRequest.newBuilder()
            .setId(call.id())
            .setSpec(JobSpec.newBuilder().setSeed(call.seed()))
            .build();
    try {
      Job job =
          call.door()
              .grpc()
              .submitJob(request)
              .toCompletionStage()
              .toCompletableFuture()
              .get(2, TimeUnit.MINUTES);
      return Optional.of(new Outcome(call, true, job.getSpec().getSeed()));
    } catch (ExecutionException e) {
      if (e.getCause() instanceof InvalidStatusException refused) {
        if (refused.actualStatus() == GrpcStatus.ALREADY_EXISTS) {
          return Optional.of(new Outcome(call, false, 0));
        }
        if (refused.actualStatus() == GrpcStatus.UNAVAILABLE) {
          return Optional.empty();
        }
      }
      throw e;
    }
  }

  private static Map<String, List<Long>> recordsById(String name) throws Exception {
    return harness.worker.records().stream()
        .filter(job -> job.getJobId().startsWith(name + "-"))
        .collect(
            Collectors.groupingBy(
                GenerationJob::getJobId,
                Collectors.mapping(job -> job.getSpec().getSeed(), Collectors.toList())));
  }

  private static Door door() throws InterruptedException {
    Gateway gateway = harness.readyGateway(Map.of());
    return new Door(
        new HttpCaller(gateway),
        GenerationGrpcClient.create(
            grpc, SocketAddress.inetSocketAddress(gateway.grpcPort(), "127.0.0.1")));
  }
}
