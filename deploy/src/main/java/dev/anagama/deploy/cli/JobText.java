package dev.anagama.deploy.cli;

import com.google.protobuf.util.Durations;
import com.google.protobuf.util.Timestamps;
import dev.anagama.v1.Job;
import dev.anagama.v1.JobSpec;
import java.io.PrintWriter;

/** A job as a person reads it. */
final class JobText {
  private JobText() {}

  static void print(PrintWriter out, Job job) {
    JobSpec spec = job.getSpec();
    out.printf("job %s: %s%n", job.getId(), PublicJson.word(job.getState()));
    out.printf(
        "  %s, %s, %d images, seed %d, %d steps, guidance scale %s, %s%n",
        spec.getModel(),
        spec.hasClassLabel() ? "class " + spec.getClassLabel() : "any class",
        spec.getNumImages(),
        spec.getSeed(),
        spec.getNumInferenceSteps(),
        spec.getGuidanceScale(),
        PublicJson.word(spec.getSampler()));
    if (spec.hasDeadline()) {
      out.printf("  deadline %s%n", Timestamps.toString(spec.getDeadline()));
    }
    if (job.hasProgress() && !job.hasEndedAt()) {
      out.printf(
          "  step %d of %d, %d images done%n",
          job.getProgress().getStepsDone(),
          job.getProgress().getStepsTotal(),
          job.getProgress().getImagesDone());
    }
    if (job.hasEndedAt()) {
      long millis = Durations.toMillis(Timestamps.between(job.getCreatedAt(), job.getEndedAt()));
      out.printf("  ended after %.1f s%n", millis / 1e3);
    }
    if (job.hasProvenance()) {
      out.printf(
          "  by %s with %s %s in %s%n",
          job.getProvenance().getWorker(),
          job.getProvenance().getModel(),
          job.getProvenance().getCheckpointVersion(),
          job.getProvenance().getPrecision());
    }
    if (job.hasError()) {
      out.printf("  %s%n", job.getError().getMessage());
    }
    job.getImagesList()
        .forEach(
            image ->
                out.printf(
                    "  image %d  %d x %d  %s%n",
                    image.getIndex(), image.getWidth(), image.getHeight(), image.getUri()));
  }
}
