package dev.anagama.gateway;

import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Timestamps;
import dev.anagama.contract.ResultKeys;
import dev.anagama.gateway.status.Capacity;
import dev.anagama.gateway.status.Load;
import dev.anagama.v1.CheckpointPublished;
import dev.anagama.v1.CheckpointRefused;
import dev.anagama.v1.CheckpointServed;
import dev.anagama.v1.ControlEvent;
import dev.anagama.v1.FailureCategory;
import dev.anagama.v1.GenerationJob;
import dev.anagama.v1.JobCanceled;
import dev.anagama.v1.JobEvent;
import dev.anagama.v1.JobExpired;
import dev.anagama.v1.JobFailed;
import dev.anagama.v1.JobProgress;
import dev.anagama.v1.JobSpec;
import dev.anagama.v1.JobStarted;
import dev.anagama.v1.JobSucceeded;
import dev.anagama.v1.ModelCard;
import dev.anagama.v1.Provenance;
import dev.anagama.v1.Sampler;
import dev.anagama.v1.Schedule;
import dev.anagama.v1.StoredImage;
import java.time.Clock;

/** Messages as the other processes send them. */
public final class Samples {
  public static final String TENANT = "default";

  /** How long results are kept, 7 days. */
  public static final long KEPT_SECONDS = 604_800;

  public static final String MODEL = "fashion";
  public static final String WORKER = "worker-1";
  public static final String SHA256 = "ab".repeat(32);

  private Samples() {}

  /** A time, in whole seconds after 2026-01-01T00:00:00Z. */
  public static Timestamp time(long seconds) {
    return Timestamps.fromSeconds(1_767_225_600L + seconds);
  }

  /** Room for so many jobs. */
  public static Capacity capacity(int jobs) {
    Load limit = new Load(jobs, 64L * jobs);
    return new Capacity(new Capacity.Limits(limit, limit), Clock.systemUTC());
  }

  public static ModelCard card() {
    return ModelCard.newBuilder()
        .setChannels(1)
        .setHeight(28)
        .setWidth(28)
        .addClassNames("T-shirt")
        .addClassNames("Trouser")
        .addClassNames("Ankle boot")
        .setDefaultNumInferenceSteps(50)
        .setDefaultGuidanceScale(3)
        .setDefaultSampler(Sampler.SAMPLER_DDIM)
        .setDefaultSchedule(Schedule.SCHEDULE_EDM)
        .build();
  }

  public static ControlEvent published(String model, ModelCard card) {
    return ControlEvent.newBuilder()
        .setModel(model)
        .setOccurredAt(time(0))
        .setPublished(
            CheckpointPublished.newBuilder()
                .setVersion("v1")
                .setKeyPrefix("checkpoints/" + model + "/v1/")
                .setManifestSha256(SHA256)
                .setCard(card))
        .build();
  }

  /** A report, said {@code seconds} after {@link #time} 0. */
  public static ControlEvent served(String version, String worker, long seconds) {
    return ControlEvent.newBuilder()
        .setOccurredAt(time(seconds))
        .setServed(
            CheckpointServed.newBuilder()
                .setModel(MODEL)
                .setVersion(version)
                .setWorker(worker)
                .setDevice("gpu0,gpu1")
                .setPrecision("bfloat16")
                .setAt(time(5)))
        .build();
  }

  /** A report, said {@code seconds} after {@link #time} 0. */
  public static ControlEvent refused(String version, String worker, long seconds) {
    return ControlEvent.newBuilder()
        .setOccurredAt(time(seconds))
        .setRefused(
            CheckpointRefused.newBuilder()
                .setModel(MODEL)
                .setVersion(version)
                .setWorker(worker)
                .setDevice("cpu")
                .setPrecision("float32")
                .setReason("there is no object checkpoints/fashion/v2/manifest.json")
                .setAt(time(6)))
        .build();
  }

  public static JobSpec spec() {
    return JobSpec.newBuilder()
        .setModel(MODEL)
        .setClassLabel(1)
        .setNumImages(2)
        .setSeed(7)
        .setNumInferenceSteps(50)
        .setGuidanceScale(3)
        .setSampler(Sampler.SAMPLER_DDIM)
        .build();
  }

  public static GenerationJob job(String id) {
    return GenerationJob.newBuilder()
        .setJobId(id)
        .setTenant(TENANT)
        .setSpec(spec())
        .setAcceptedAt(time(1))
        .build();
  }

  public static JobEvent started(String id, long seconds) {
    return event(id, seconds)
        .setEventId(id + ":started")
        .setStarted(JobStarted.newBuilder().setWorker(WORKER))
        .build();
  }

  public static JobProgress progress(String id, long seconds, int stepsDone) {
    return JobProgress.newBuilder()
        .setJobId(id)
        .setStepsDone(stepsDone)
        .setStepsTotal(50)
        .setWorker(WORKER)
        .setAt(time(seconds))
        .build();
  }

  /** Success with as many images as the job asked for. */
  public static JobEvent succeeded(GenerationJob job, long seconds) {
    JobSucceeded.Builder success =
        JobSucceeded.newBuilder()
            .setStartedAt(time(2))
            .setResultsExpireAt(time(seconds + KEPT_SECONDS))
            .setProvenance(
                Provenance.newBuilder()
                    .setModel(job.getSpec().getModel())
                    .setCheckpointVersion("v1")
                    .setWeightsSha256(SHA256)
                    .setNoiseAlgorithm("XO_SHI_RO_256_PP/ziggurat")
                    .setPrecision("float32")
                    .setDevice("cpu")
                    .setWorker(WORKER));
    for (int index = 0; index < job.getSpec().getNumImages(); index++) {
      success.addImages(image(job.getJobId(), index, SHA256, 512));
    }
    return event(job.getJobId(), seconds)
        .setEventId(job.getJobId() + ":succeeded")
        .setSucceeded(success)
        .build();
  }

  public static JobEvent failed(String id, long seconds) {
    return event(id, seconds)
        .setEventId(id + ":failed")
        .setFailed(
            JobFailed.newBuilder()
                .setCategory(FailureCategory.FAILURE_CATEGORY_INVALID)
                .setMessage("model 'fashion' is not served any more"))
        .build();
  }

  public static JobEvent canceled(String id, long seconds) {
    return event(id, seconds)
        .setEventId(id + ":canceled")
        .setCanceled(JobCanceled.newBuilder().setReason("requested by the caller"))
        .build();
  }

  public static JobEvent expired(String id, long seconds) {
    return event(id, seconds)
        .setEventId(id + ":expired")
        .setExpired(JobExpired.newBuilder().setDeadline(time(seconds)))
        .build();
  }

  public static StoredImage image(String id, int index, String sha256, long sizeBytes) {
    String key = ResultKeys.image(TENANT, id, index);
    return StoredImage.newBuilder()
        .setIndex(index)
        .setUri("file:///srv/anagama/" + key)
        .setKey(key)
        .setSha256(sha256)
        .setSizeBytes(sizeBytes)
        .setContentType("image/png")
        .setWidth(28)
        .setHeight(28)
        .build();
  }

  private static JobEvent.Builder event(String id, long seconds) {
    return JobEvent.newBuilder().setJobId(id).setTenant(TENANT).setOccurredAt(time(seconds));
  }
}
