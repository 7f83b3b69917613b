package dev.anagama.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.anagama.bench.TinyModel;
import dev.anagama.deploy.client.GatewayClient;
import dev.anagama.deploy.demo.TerminalEvents;
import dev.anagama.v1.Job;
import dev.anagama.v1.JobSpec;
import dev.anagama.v1.JobState;
import dev.anagama.v1.SubmitJobRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A killed service, started again over the same data, ends every acknowledged job exactly once. */
final class KillIT {
  private static final int JOBS = 32;
  private static final int MINUTES = 4;

  @Test
  void kill_everyJobEndsOnce(@TempDir Path folder) throws IOException, InterruptedException {
    Path checkpoint = TinyModel.write(folder.resolve("checkpoint")).folder();
    Path data = folder.resolve("data");
    Path log = folder.resolve("log.txt");
    List<String> acknowledged = new ArrayList<>();
    try (UpProcess up = UpProcess.start(data, checkpoint, log);
        GatewayClient client = up.client()) {
      for (int i = 0; i < JOBS; i++) {
        acknowledged.add(client.submit(request(i)).getId());
      }
      // In the middle: some jobs have ended; the long ones can not have.
      String early = acknowledged.get(JOBS / 4);
      assertThat(ended(client, early).getState()).isEqualTo(JobState.JOB_STATE_SUCCEEDED);
      assertThat(open(client, acknowledged)).as("jobs open at the kill").isPositive();
      up.kill();
    }
    try (UpProcess up = UpProcess.start(data, checkpoint, log);
        GatewayClient client = up.client()) {
      for (String id : acknowledged) {
        Job job = ended(client, id);
        assertThat(job.getState())
            .as(() -> job + "\n" + situation(up, client, acknowledged, log))
            .isEqualTo(JobState.JOB_STATE_SUCCEEDED);
        assertThat(client.image(id, 1).getData().isEmpty()).isFalse();
      }
      Map<String, Integer> events = TerminalEvents.byJob(up.kafka());
      assertThat(events.keySet()).containsExactlyInAnyOrderElementsOf(acknowledged);
      assertThat(events.values()).as("terminal events of each job").containsOnly(1);
      assertThat(up.stop()).as("exit code after SIGTERM").isEqualTo(128 + 15);
    }
  }

  /** A minute is not enough for the first after a restart on a machine that is busy otherwise. */
  private static Job ended(GatewayClient client, String id) {
    Job job = client.get(id, 0);
    for (int minute = 0; minute < MINUTES && !job.hasEndedAt(); minute++) {
      job = client.get(id, 60);
    }
    return job;
  }

  /** What tells why a job has not ended: the others, the service's log, what its threads do. */
  private static String situation(UpProcess up, GatewayClient client, List<String> ids, Path log) {
    StringBuilder text = new StringBuilder();
    for (String id : ids) {
      text.append(id).append(' ').append(client.get(id, 0).getState()).append('\n');
    }
    try {
      return text + Files.readString(log) + up.threads();
    } catch (IOException e) {
      return text + e.toString();
    }
  }

  private static long open(GatewayClient client, List<String> ids) {
    return ids.stream().filter(id -> !client.get(id, 0).hasEndedAt()).count();
  }

  private static SubmitJobRequest request(int number) {
    return SubmitJobRequest.newBuilder()
        .setId("job-" + number)
        .setSpec(
            JobSpec.newBuilder()
                .setClassLabel(number % TinyModel.CLASS_NAMES.size())
                // The last one takes so long that the kill surely comes before its end.
                .setNumImages(number == JOBS - 1 ? 64 : 4)
                .setSeed(number)
                .setNumInferenceSteps(number % 4 == 3 ? 1000 : 20)
                .setGuidanceScale(2))
        .build();
  }
}
