package dev.anagama.contract;

/**
 * Object-store keys of a job's results; derived from the job, so a repeated job writes the same.
 */
public final class ResultKeys {
  private ResultKeys() {}

  /** Key of image {@code index} of a job. */
  public static String image(String tenant, String jobId, int index) {
    return folder(tenant, jobId) + index + ".png";
  }

  /** Key of the job's {@code JobRecord} in Protobuf JSON. */
  public static String manifest(String tenant, String jobId) {
    return folder(tenant, jobId) + "manifest.json";
  }

  private static String folder(String tenant, String jobId) {
    return "results/"
        + Identifiers.requireName("tenant", tenant)
        + "/"
        + Identifiers.requireId("job_id", jobId)
        + "/";
  }
}
