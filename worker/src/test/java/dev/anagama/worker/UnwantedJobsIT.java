package dev.anagama.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.Timestamp;
import dev.anagama.contract.Topics;
import dev.anagama.v1.GenerationJob;
import dev.anagama.v1.JobEvent;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Jobs that were cancelled or late before any worker came to them. */
class UnwantedJobsIT {
  @Test
  void unwantedBeforeTheWorker_endOnceAndNeverBegin(@TempDir Path folder) throws Exception {
    try (TestCluster cluster = new TestCluster(folder)) {
      cluster.publish("tiny", "1", 5);
      Timestamp past = Timestamp.newBuilder().setSeconds(1).build();
      GenerationJob late = TestJobs.with("late", TestJobs.spec("tiny").setDeadline(past));
      GenerationJob cancelled = TestJobs.of("cancelled", "tiny", 4);
      cluster.cancel("cancelled");
      for (int copies = 0; copies < 2; copies++) {
        cluster.submit(late);
        cluster.submit(cancelled);
      }
      cluster.submit(TestJobs.of("wanted", "tiny", 4));

      try (Worker worker = cluster.startWorker("w1")) {
        await().until(() -> cluster.ends().size() == 3);
        assertThat(worker.failure()).isEmpty();
      }
      cluster.submit(cancelled);
      cluster.submit(TestJobs.of("last", "tiny", 4));
      try (Worker worker = cluster.startWorker("w2")) {
        await().until(() -> cluster.ends().size() == 4);
        assertThat(worker.failure()).isEmpty();
      }

      Map<String, List<JobEvent>> ends = cluster.ends();
      assertThat(ends).allSatisfy((id, events) -> assertThat(events).as(id).hasSize(1));
      assertThat(end(ends, "late").getExpired().getDeadline()).isEqualTo(past);
      assertThat(end(ends, "cancelled").hasCanceled()).isTrue();
      assertThat(end(ends, "wanted").hasSucceeded()).isTrue();
      assertThat(cluster.record("cancelled").getJob()).isEqualTo(cancelled);
      assertThat(cluster.record("cancelled").getTerminalEvent()).isEqualTo(end(ends, "cancelled"));
      assertThat(started(cluster, "late")).isFalse();
      assertThat(started(cluster, "cancelled")).isFalse();
    }
  }

  private static JobEvent end(Map<String, List<JobEvent>> ends, String id) {
    return ends.getOrDefault(id, List.of()).get(0);
  }

  private static boolean started(TestCluster cluster, String id) throws Exception {
    for (ConsumerRecord<String, byte[]> record : cluster.read(Topics.EVENTS)) {
      JobEvent event = JobEvent.parseFrom(record.value());
      if (event.hasStarted() && event.getJobId().equals(id)) {
        return true;
      }
    }
    return false;
  }
}
