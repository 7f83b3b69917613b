package dev.anagama.gateway.status;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.anagama.contract.Topics;
import dev.anagama.gateway.Samples;
import dev.anagama.gateway.errors.Refusal;
import dev.anagama.gateway.errors.RefusalException;
import dev.anagama.v1.GenerationJob;
import dev.anagama.v1.Job;
import dev.anagama.v1.JobState;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class JobTableTest {
  private final JobTable table = new JobTable(new JobTable.Limits(2, 3), Samples.capacity(100));

  @Test
  void acknowledged_isQueuedAtOnce() {
    JobEntry entry = table.acknowledged(Samples.job("j1"), place(5));

    assertThat(entry.view()).isEqualTo(table.find("j1").orElseThrow().view());
    assertThat(state("j1")).isEqualTo(JobState.JOB_STATE_QUEUED);
    assertThat(table.liveJobs()).isEqualTo(1);
  }

  @Test
  void acknowledged_thenRead_isOneJob() {
    table.acknowledged(Samples.job("j1"), place(5));
    table.accepted(Samples.job("j1"), place(5));

    assertThat(table.liveJobs()).isEqualTo(1);
  }

  @Test
  void started_isRunningSinceTheFirstStart() {
    table.accepted(Samples.job("j1"), place(5));
    table.started("j1", Samples.time(9));
    table.started("j1", Samples.time(4));

    assertThat(state("j1")).isEqualTo(JobState.JOB_STATE_RUNNING);
    assertThat(view("j1").getStartedAt()).isEqualTo(Samples.time(4));
  }

  @Test
  void progress_isTheLatest() {
    table.accepted(Samples.job("j1"), place(5));
    table.progressed(Samples.progress("j1", 6, 20));
    table.progressed(Samples.progress("j1", 5, 10));

    assertThat(state("j1")).isEqualTo(JobState.JOB_STATE_RUNNING);
    assertThat(view("j1").getProgress().getStepsDone()).isEqualTo(20);
  }

  @Test
  void progress_ofUnknownJob_makesNoJob() {
    table.progressed(Samples.progress("j1", 6, 20));

    assertThat(table.find("j1")).isEmpty();
  }

  @Test
  void succeeded_hasImagesProvenanceTimesAndFullProgress() {
    GenerationJob job = Samples.job("j1");
    table.accepted(job, place(5));
    table.progressed(Samples.progress("j1", 6, 20));
    table.ended(Samples.succeeded(job, 8), 1);

    Job view = view("j1");
    assertThat(view.getState()).isEqualTo(JobState.JOB_STATE_SUCCEEDED);
    assertThat(view.getImagesList()).hasSize(2);
    assertThat(view.getProvenance().getWorker()).isEqualTo(Samples.WORKER);
    assertThat(view.getStartedAt()).isEqualTo(Samples.time(2));
    assertThat(view.getEndedAt()).isEqualTo(Samples.time(8));
    assertThat(view.getProgress().getStepsDone()).isEqualTo(50);
    assertThat(view.getProgress().getImagesDone()).isEqualTo(2);
    assertThat(view.hasError()).isFalse();
    assertThat(table.liveJobs()).isZero();
  }

  @Test
  void failed_saysWhy() {
    table.accepted(Samples.job("j1"), place(5));
    table.ended(Samples.failed("j1", 8), 1);

    assertThat(state("j1")).isEqualTo(JobState.JOB_STATE_FAILED);
    assertThat(view("j1").getError().getMessage()).contains("fashion");
  }

  @Test
  void ended_neverMovesBack() {
    GenerationJob job = Samples.job("j1");
    table.accepted(job, place(5));
    table.ended(Samples.succeeded(job, 8), 1);
    Job before = view("j1");

    table.progressed(Samples.progress("j1", 9, 30));
    table.started("j1", Samples.time(9));
    table.accepted(job, place(6));
    table.ended(Samples.failed("j1", 10), 2);

    assertThat(view("j1")).isEqualTo(before);
  }

  @Test
  void endKnownBeforeTheJob_isCompleteOnceTheJobComes() {
    GenerationJob job = Samples.job("j1");
    table.ended(Samples.succeeded(job, 8), 1);
    assertThat(table.find("j1").orElseThrow().view()).isEmpty();

    table.accepted(job, place(5));
    assertThat(state("j1")).isEqualTo(JobState.JOB_STATE_SUCCEEDED);
    assertThat(table.liveJobs()).isZero();
  }

  @Test
  void evicted_oldestEndFirst_andNeverLiveAgain() {
    for (String id : new String[] {"j1", "j2", "j3"}) {
      table.accepted(Samples.job(id), place(5));
      table.ended(Samples.succeeded(Samples.job(id), 8), 1);
    }
    assertThat(table.find("j1")).isEmpty();
    assertThat(table.find("j2")).isPresent();

    // Records of the evicted job that are late or come again.
    table.accepted(Samples.job("j1"), place(5));
    table.started("j1", Samples.time(9));
    table.progressed(Samples.progress("j1", 9, 30));
    table.ended(Samples.succeeded(Samples.job("j1"), 8), 1);

    assertThat(table.find("j1")).isEmpty();
    assertThat(table.find("j2")).isPresent();
    assertThat(table.liveJobs()).isZero();
  }

  @Test
  void evicted_forTheirImages_butTheLastStays() {
    for (String id : new String[] {"j1", "j2"}) {
      GenerationJob.Builder job = Samples.job(id).toBuilder();
      job.getSpecBuilder().setNumImages(64);
      table.accepted(job.build(), place(5));
      table.ended(Samples.succeeded(job.build(), 8), 1);
      assertThat(view(id).getImagesCount()).isEqualTo(64);
    }
    assertThat(table.find("j1")).isEmpty();

    table.accepted(Samples.job("j3"), place(6));
    table.ended(Samples.succeeded(Samples.job("j3"), 9), 2);
    assertThat(table.find("j2")).isEmpty();
    table.accepted(Samples.job("j4"), place(7));
    table.ended(Samples.succeeded(Samples.job("j4"), 9), 3);
    assertThat(table.find("j3")).isPresent();
  }

  @Test
  void evicted_isANewJob_onceItsIdIsVacated() {
    for (String id : new String[] {"j1", "j2", "j3"}) {
      table.ended(Samples.succeeded(Samples.job(id), 8), 1);
    }
    // What this gateway has just put on Kafka may have ended and left already.
    assertThat(table.acknowledged(Samples.job("j1"), place(8)).job()).isPresent();
    assertThat(table.find("j1")).isEmpty();

    table.vacated("j1");
    table.acknowledged(Samples.job("j1"), place(9));

    assertThat(state("j1")).isEqualTo(JobState.JOB_STATE_QUEUED);
  }

  @Test
  void twoJobsWithOneId_theEarlierInTheTopicCounts() {
    GenerationJob later = Samples.job("j1").toBuilder().setAcceptedAt(Samples.time(99)).build();
    table.accepted(later, place(9));
    table.accepted(Samples.job("j1"), place(5));
    table.accepted(later, place(9));

    assertThat(view("j1").getCreatedAt()).isEqualTo(Samples.time(1));
  }

  @Test
  void twoRequestsWithOneId_showTheOneThatCounts_untilTheEndTellsWhich() {
    GenerationJob standard = request("j1", 1);
    GenerationJob interactive = request("j1", 2);
    table.accepted(standard, place(5));
    assertThat(table.find("j1").orElseThrow().whole()).isTrue();
    table.accepted(interactive, JobPlace.of(Topics.JOBS_INTERACTIVE, 9));
    table.accepted(request("j1", 1), JobPlace.of(Topics.JOBS_BATCH, 0));

    JobEntry live = table.find("j1").orElseThrow();
    assertThat(live.job()).contains(interactive);
    assertThat(live.whole()).isTrue();
    assertThat(table.liveJobs()).isEqualTo(1);

    table.ended(Samples.succeeded(standard, 8), 1);
    assertThat(table.find("j1").orElseThrow().whole()).isFalse();
    assertThat(table.latestSucceeded(5)).isEmpty();
  }

  @Test
  void oneRequestInTwoTopics_isNotContested() {
    table.accepted(request("j1", 1), place(5));
    table.ended(Samples.succeeded(request("j1", 1), 8), 1);
    table.accepted(request("j1", 1), JobPlace.of(Topics.JOBS_INTERACTIVE, 9));

    assertThat(table.find("j1").orElseThrow().whole()).isTrue();
  }

  @Test
  void waiter_isWokenByTheEnd() {
    table.accepted(Samples.job("j1"), place(5));
    CompletableFuture<Void> waiter = table.whenEnded("j1");
    table.started("j1", Samples.time(6));
    assertThat(waiter).isNotDone();

    table.ended(Samples.failed("j1", 8), 1);
    assertThat(waiter).isDone();
    assertThat(table.whenEnded("j1")).isDone();
  }

  @Test
  void waiters_areBounded_andReleased() {
    table.accepted(Samples.job("j1"), place(5));
    CompletableFuture<Void> first = table.whenEnded("j1");
    table.whenEnded("j1").isDone();
    table.whenEnded("j1").isDone();

    assertThatThrownBy(() -> table.whenEnded("j1"))
        .isInstanceOfSatisfying(
            RefusalException.class,
            e -> assertThat(e.refusal().category()).isEqualTo(Refusal.Category.OVER_CAPACITY));

    table.release("j1", first);
    table.release("j1", first);
    assertThat(table.whenEnded("j1")).isNotDone();
    assertThatThrownBy(() -> table.whenEnded("j1")).isInstanceOf(RefusalException.class);
  }

  @Test
  void latestSucceeded_isLatestFirst_withoutFailures() {
    table.accepted(Samples.job("j1"), place(5));
    table.ended(Samples.succeeded(Samples.job("j1"), 8), 1);
    table.accepted(Samples.job("j2"), place(6));
    table.ended(Samples.failed("j2", 9), 2);
    table.accepted(Samples.job("j3"), place(7));
    table.ended(Samples.succeeded(Samples.job("j3"), 10), 3);

    assertThat(table.latestSucceeded(5)).extracting(Job::getId).containsExactly("j3");
    assertThat(table.latestSucceeded(0)).isEmpty();
  }

  private static GenerationJob request(String id, int digest) {
    return Samples.job(id).toBuilder()
        .setRequestSha256(ByteString.copyFrom(new byte[] {(byte) digest}))
        .build();
  }

  private static JobPlace place(long offset) {
    return JobPlace.of(Topics.JOBS, offset);
  }

  private Job view(String id) {
    return table.find(id).orElseThrow().view().orElseThrow();
  }

  private JobState state(String id) {
    return view(id).getState();
  }
}
