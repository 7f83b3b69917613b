package dev.anagama.contract;

/**
 * Object-store keys of a job's results; derived from the job, so a repeated job writes the same.
 */
public final class ResultKeys {
  /** Last part of the key of a job's record. */
  public static final String MANIFEST = "manifest.json";

  private ResultKeys() {}

  /** Key of image {@code index} of a job. */
  public static String image(String tenant, String jobId, int index) {
    return folder(tenant, jobId) + index + ".png";
  }

  /** Key of the job's {@code JobRecord} in Protobuf JSON. */
  public static String manifest(String tenant, String jobId) {
    return folder(tenant, jobId) + MANIFEST;
  }

  /** What the keys of all results of a tenant have before the slash and the job's id. */
  public static String tenantFolder(String tenant) {
    return "results/" + Identifiers.requireName("tenant", tenant);
  }

  private static String folder(String tenant, String jobId) {
    return tenantFolder(tenant) + "/" + Identifiers.requireId("job_id", jobId) + "/";
  }
}
