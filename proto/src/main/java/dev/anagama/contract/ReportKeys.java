package dev.anagama.contract;

/** Kafka keys of the reports on the control topic. None of them is a model's name. */
public final class ReportKeys {
  private ReportKeys() {}

  /** Key of what a worker says of one version of a model. */
  public static String of(String model, String version, String worker) {
    return Identifiers.requireName("model", model)
        + "/"
        + Identifiers.requireId("version", version)
        + "@"
        + Identifiers.requireId("worker", worker);
  }

  /** Whether a key of the control topic is a report's; otherwise it is a model's name. */
  public static boolean isReport(String key) {
    return key.indexOf('/') >= 0;
  }
}
