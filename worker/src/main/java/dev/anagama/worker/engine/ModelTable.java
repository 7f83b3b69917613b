package dev.anagama.worker.engine;

import dev.anagama.v1.FailureCategory;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the engine knows of each model. A version that is replaced or withdrawn while jobs run on it
 * stays until the last of them has ended. Touched by the engine's thread alone.
 */
final class ModelTable implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ModelTable.class);

  private final Map<String, ModelState> states = new HashMap<>();
  private final List<ModelRun> replaced = new ArrayList<>();

  /** Where a model stands. */
  sealed interface ModelState {
    /** A version is on its way. */
    record Expected() implements ModelState {}

    /** Jobs can begin. */
    record Serving(ModelRun run) implements ModelState {}

    /** Jobs fail. */
    record Gone(FailureCategory category, String reason) implements ModelState {}
  }

  /** Where a model stands, or null if it was never heard of. */
  @Nullable ModelState state(String model) {
    return states.get(model);
  }

  void apply(EngineCommand.OfModel command) {
    ModelState now = states.get(command.model());
    boolean serving = now instanceof ModelState.Serving;
    if (command instanceof EngineCommand.Expect && !serving) {
      states.put(command.model(), new ModelState.Expected());
    } else if (command instanceof EngineCommand.Serve serve) {
      ModelRun run = new ModelRun(serve.served());
      replace(now);
      states.put(command.model(), new ModelState.Serving(run));
      log.info("serving {}", serve.served());
    } else if (command instanceof EngineCommand.Refuse refuse && !serving) {
      // Its publisher may mend it; the job may be sent again then.
      states.put(
          command.model(),
          new ModelState.Gone(FailureCategory.FAILURE_CATEGORY_UNAVAILABLE, refuse.reason()));
    } else if (command instanceof EngineCommand.Withdraw withdraw) {
      replace(now);
      states.put(
          command.model(),
          new ModelState.Gone(FailureCategory.FAILURE_CATEGORY_INVALID, withdraw.reason()));
      log.info("model {} is withdrawn: {}", withdraw.model(), withdraw.reason());
    }
  }

  /** Frees versions that were replaced and that no job needs any more. */
  void closeUnused() {
    List<ModelRun> unused = replaced.stream().filter(ModelRun::unused).toList();
    replaced.removeAll(unused);
    for (ModelRun run : unused) {
      run.close();
      log.info("closed {}", run.served());
    }
  }

  /** Frees everything. */
  @Override
  public void close() {
    for (ModelState state : states.values()) {
      replace(state);
    }
    states.clear();
    replaced.forEach(ModelRun::close);
    replaced.clear();
  }

  private void replace(@Nullable ModelState state) {
    if (state instanceof ModelState.Serving serving) {
      replaced.add(serving.run());
    }
  }
}
