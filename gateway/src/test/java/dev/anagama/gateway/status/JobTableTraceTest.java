package dev.anagama.gateway.status;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.anagama.contract.Topics;
import dev.anagama.gateway.Samples;
import dev.anagama.v1.GenerationJob;
import dev.anagama.v1.Job;
import dev.anagama.v1.JobEvent;
import dev.anagama.v1.JobState;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Any order and any repetition of a job's records end in the same state, and no end is ever left.
 */
class JobTableTraceTest {
  private static final String ID = "j1";
  private static final GenerationJob JOB = Samples.job(ID);

  private static LongStream seeds() {
    return LongStream.range(0, 500);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void anyOrder_andRepetition_endTheSame(long seed) {
    Random random = new Random(seed);
    int starts = random.nextInt(4);
    int progresses = random.nextInt(7);
    JobEvent end =
        List.of(
                Samples.succeeded(JOB, 50),
                Samples.failed(ID, 50),
                Samples.canceled(ID, 50),
                Samples.expired(ID, 50))
            .get(random.nextInt(4));
    List<Consumer<JobTable>> records = records(starts, progresses);
    records.add(table -> table.ended(end, 3));

    Job inOrder = run(records);
    Job shuffled = run(shuffledWithRepeats(records, random));

    assertThat(shuffled).isEqualTo(inOrder);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void withoutEnd_stateAndStart_areTheSame(long seed) {
    Random random = new Random(seed);
    List<Consumer<JobTable>> records = records(random.nextInt(4), random.nextInt(7));
    List<Consumer<JobTable>> shuffled = shuffledWithRepeats(records, random);
    // Progress that comes before its job is dropped; it is lossy anyway, so the job leads here.
    shuffled.add(0, table -> table.acknowledged(JOB, place(7)));

    assertThat(run(shuffled)).isEqualTo(run(records));
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void recordsOfSeveralRequests_inAnyOrder_showTheSameOne(long seed) {
    Random random = new Random(seed);
    int requests = 1 + random.nextInt(3);
    List<Consumer<JobTable>> records = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      GenerationJob job =
          JOB.toBuilder()
              .setRequestSha256(ByteString.copyFrom(new byte[] {(byte) (i % requests)}))
              .build();
      JobPlace place = JobPlace.of(Topics.ALL_JOBS.get(i % 3), i);
      records.add(table -> table.accepted(job, place));
    }
    JobTable inOrder = new JobTable(new JobTable.Limits(10, 10), Samples.capacity(100));
    JobTable shuffled = new JobTable(new JobTable.Limits(10, 10), Samples.capacity(100));
    records.forEach(record -> record.accept(inOrder));
    shuffledWithRepeats(records, random).forEach(record -> record.accept(shuffled));

    JobEntry entry = inOrder.find(ID).orElseThrow();
    assertThat(shuffled.find(ID)).contains(entry);
    assertThat(entry.place()).isEqualTo(JobPlace.of(Topics.JOBS_INTERACTIVE, 0));
    assertThat(entry.contested()).isEqualTo(requests > 1);
  }

  private static List<Consumer<JobTable>> records(int starts, int progresses) {
    List<Consumer<JobTable>> records = new ArrayList<>();
    records.add(table -> table.accepted(JOB, place(7)));
    for (int i = 0; i < starts; i++) {
      int seconds = 10 + i;
      records.add(table -> table.started(ID, Samples.time(seconds)));
    }
    for (int i = 0; i < progresses; i++) {
      int seconds = 20 + i;
      records.add(table -> table.progressed(Samples.progress(ID, seconds, seconds)));
    }
    return records;
  }

  private static List<Consumer<JobTable>> shuffledWithRepeats(
      List<Consumer<JobTable>> records, Random random) {
    List<Consumer<JobTable>> trace = new ArrayList<>(records);
    for (Consumer<JobTable> record : records) {
      for (int repeats = random.nextInt(3); repeats > 0; repeats--) {
        trace.add(record);
      }
    }
    Collections.shuffle(trace, random);
    return trace;
  }

  /** Runs a trace, checking after each record that an end was not left. */
  private static Job run(List<Consumer<JobTable>> trace) {
    JobTable table = new JobTable(new JobTable.Limits(10, 10), Samples.capacity(100));
    boolean ended = false;
    for (Consumer<JobTable> record : trace) {
      record.accept(table);
      boolean endedNow = table.find(ID).filter(JobEntry::ended).isPresent();
      assertThat(endedNow || !ended).as("an end is never left").isTrue();
      ended = endedNow;
      assertThat(table.liveJobs()).isEqualTo(ended || table.find(ID).isEmpty() ? 0 : 1);
    }
    Job job = table.find(ID).orElseThrow().view().orElseThrow();
    assertThat(job.getState()).isNotEqualTo(JobState.JOB_STATE_UNSPECIFIED);
    return job;
  }

  private static JobPlace place(long offset) {
    return JobPlace.of(Topics.JOBS, offset);
  }
}
