package dev.anagama.worker.health;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.anagama.worker.control.ModelStatus;
import dev.anagama.worker.control.ModelStatus.Placement;
import dev.anagama.worker.engine.EngineReport;
import dev.anagama.worker.fleet.DeviceEngine;
import dev.anagama.worker.fleet.DeviceEngine.Place;
import dev.anagama.worker.fleet.EngineFleet;
import dev.anagama.worker.health.HealthServer.Answer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * How a worker is, in JSON. A checkpoint that was refused is named and makes nobody unhealthy: what
 * was served before still is.
 */
public final class WorkerHealth {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private final String worker;
  private final EngineFleet fleet;
  private final Supplier<Map<String, ModelStatus>> models;
  private final Supplier<Optional<Throwable>> failure;

  /**
   * Asks those each time.
   *
   * @param worker its name
   * @param models where the models stand, by name
   * @param failure what has ended the worker's work for good
   */
  public WorkerHealth(
      String worker,
      EngineFleet fleet,
      Supplier<Map<String, ModelStatus>> models,
      Supplier<Optional<Throwable>> failure) {
    this.worker = worker;
    this.fleet = fleet;
    this.models = models;
    this.failure = failure;
  }

  /** Whether the process is of any use: bad once its work has ended for good. */
  public Answer health() {
    Optional<Throwable> ended = failure.get();
    ObjectNode json = JSON.objectNode();
    json.put("status", ended.isPresent() ? "failed" : "live");
    ended.ifPresent(cause -> json.put("failure", cause.toString()));
    json.put("worker", worker);
    ArrayNode engines = json.putArray("engines");
    List<Integer> unfinishedRows = fleet.unfinishedRows();
    for (int i = 0; i < fleet.engines().size(); i++) {
      engines.add(of(fleet.engines().get(i), unfinishedRows.get(i)));
    }
    ArrayNode all = json.putArray("models");
    new TreeMap<>(models.get()).values().forEach(status -> all.add(of(status)));
    ObjectNode memory = json.putObject("memory");
    Runtime runtime = Runtime.getRuntime();
    memory.put("heap_used_bytes", runtime.totalMemory() - runtime.freeMemory());
    memory.put("heap_max_bytes", runtime.maxMemory());
    ResidentMemory.bytes().ifPresent(bytes -> memory.put("resident_bytes", bytes));
    return new Answer(ended.isEmpty(), json);
  }

  /** Whether jobs are done: good once a model is served. */
  public Answer readiness() {
    List<String> missing = new ArrayList<>();
    failure.get().ifPresent(cause -> missing.add("the worker has failed: " + cause));
    if (models.get().values().stream().allMatch(status -> status.served().isEmpty())) {
      missing.add("no model is served");
    }
    ObjectNode json = JSON.objectNode();
    json.put("status", missing.isEmpty() ? "ready" : "not ready");
    ArrayNode sentences = json.putArray("missing");
    missing.forEach(sentences::add);
    return new Answer(missing.isEmpty(), json);
  }

  private static ObjectNode of(DeviceEngine on, int unfinishedRows) {
    Place place = on.place();
    EngineReport report = on.engine().report();
    double measuredNanos = report.busyNanos() + report.idleNanos();
    return JSON.objectNode()
        .put("device", place.name())
        .put("precision", place.precision().label())
        .put("threads", place.threads())
        .put("running_jobs", on.engine().running())
        .put("unfinished_images", unfinishedRows)
        .put("steps", report.cycles())
        .put("network_rows", report.networkRows())
        .put("busy_share", measuredNanos == 0 ? 0 : report.busyNanos() / measuredNanos);
  }

  private static ObjectNode of(ModelStatus status) {
    ObjectNode json = JSON.objectNode().put("name", status.model());
    status.loadingVersion().ifPresent(version -> json.put("loading_version", version));
    status
        .served()
        .ifPresent(
            served -> {
              ObjectNode object = json.putObject("served");
              object.put("version", served.version()).put("since", served.since().toString());
              ArrayNode devices = object.putArray("devices");
              served.placements().forEach(placement -> devices.add(of(placement)));
            });
    status
        .refusal()
        .ifPresent(
            refusal ->
                json.putObject("refused")
                    .put("version", refusal.version())
                    .put("reason", refusal.reason())
                    .put("at", refusal.at().toString()));
    return json;
  }

  private static ObjectNode of(Placement placement) {
    return JSON.objectNode()
        .put("device", placement.device())
        .put("precision", placement.precision())
        .put("row_limit", placement.rowLimit())
        .put("lanes", placement.lanes())
        .put("rows_per_second", Math.round(placement.rowsPerSecond()))
        .put("profile", placement.measured());
  }
}
