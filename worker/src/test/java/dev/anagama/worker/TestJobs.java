package dev.anagama.worker;

import com.google.protobuf.Timestamp;
import dev.anagama.v1.GenerationJob;
import dev.anagama.v1.JobSpec;
import dev.anagama.v1.Sampler;

/** Jobs as a gateway hands them on: every field set. */
public final class TestJobs {
  private TestJobs() {}

  /** One guided image in {@code steps} deterministic steps. */
  public static GenerationJob of(String id, String model, int steps) {
    return with(id, spec(model).setNumInferenceSteps(steps));
  }

  /** A job that asks for {@code spec}. */
  public static GenerationJob with(String id, JobSpec.Builder spec) {
    return GenerationJob.newBuilder()
        .setJobId(id)
        .setTenant("default")
        .setSpec(spec)
        .setAcceptedAt(
            Timestamp.newBuilder().setSeconds(System.currentTimeMillis() / 1000).setNanos(7))
        .build();
  }

  /** One guided image of class 1. */
  public static JobSpec.Builder spec(String model) {
    return JobSpec.newBuilder()
        .setModel(model)
        .setClassLabel(1)
        .setNumImages(1)
        .setSeed(42)
        .setNumInferenceSteps(4)
        .setGuidanceScale(2)
        .setSampler(Sampler.SAMPLER_DDIM);
  }
}
