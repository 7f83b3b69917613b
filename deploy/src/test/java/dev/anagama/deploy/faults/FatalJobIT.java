package dev.anagama.deploy.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.anagama.bench.TinyModel;
import dev.anagama.bench.faults.Line;
import dev.anagama.v1.JobEvent;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A job that kills every worker that begins it. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
final class FatalJobIT {
  private static final int NEIGHBOURS = 8;
  private static final int STEPS = 20;

  /** Attempts that a job gets. */
  private static final int ATTEMPTS = 4;

  @Test
  void job_killsItsWorkers_failsAfterItsAttempts_neighboursSucceed(@TempDir Path folder)
      throws Exception {
    Path checkpoint = FatalModel.write(folder.resolve("fatal"));
    try (Trial trial = Trial.start(folder, 2, checkpoint)) {
      trial.submitShort("before", NEIGHBOURS);
      trial.submit("fatal", FatalModel.NAME, FatalModel.FATAL_LABEL, 1, STEPS);
      trial.submitShort("beside", NEIGHBOURS);
      trial.submit("harmless", FatalModel.NAME, FatalModel.FATAL_LABEL + 1, 1, STEPS);
      trial.submit("long", TinyModel.NAME, 0, 1, 1000);

      int deaths = 0;
      while (trial.ledger().ends("fatal").isEmpty()) {
        for (Line worker : trial.rig().workers()) {
          if (!worker.process().alive()) {
            deaths++;
            // As whatever looks after containers does.
            worker.process().start();
          }
        }
        Thread.sleep(100);
      }

      trial.requireAllEnded();
      JobEvent end = trial.ledger().ends("fatal").get(0);
      assertThat(end.hasFailed()).as(() -> end.toString()).isTrue();
      assertThat(end.getFailed().getDeadLettered()).isTrue();
      assertThat(deaths).isEqualTo(ATTEMPTS);
      trial
          .ledger()
          .ends()
          .forEach(
              (id, ends) -> {
                if (!id.equals("fatal")) {
                  assertThat(ends.get(0).hasSucceeded()).as(id).isTrue();
                }
              });
    }
  }
}
