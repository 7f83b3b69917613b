package dev.anagama.worker.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import dev.anagama.diffusion.checkpoint.Checkpoint;
import dev.anagama.diffusion.checkpoint.CheckpointManifest;
import dev.anagama.diffusion.network.Precision;
import dev.anagama.diffusion.network.TorchDenoiser;
import dev.anagama.worker.TestJobs;
import dev.anagama.worker.TinyCheckpoint;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EngineSwapTest {
  private static final int SWAPS = 100;

  @TempDir Path folder;

  @Test
  void hundredSwapsWhileJobsRun_leaveNoModelAndNoArrayBehind() throws Exception {
    Checkpoint checkpoint = TinyCheckpoint.write(folder.resolve("m"), "m", "1", 5);
    NDManager system;
    try (NDManager manager = NDManager.newBaseManager()) {
      system = manager.getParentManager();
    }
    AtomicInteger open = new AtomicInteger();
    AtomicInteger mostOpen = new AtomicInteger();
    int arraysBefore;
    // One network stands for all versions: loading is not what is tested here.
    try (TorchDenoiser denoiser = checkpoint.open(Device.cpu(), Precision.FLOAT32);
        EngineRig rig = new EngineRig(folder, 8)) {
      arraysBefore = system.getManagedArrays().size();
      for (int i = 0; i < SWAPS; i++) {
        mostOpen.accumulateAndGet(open.incrementAndGet(), Math::max);
        rig.engine.submit(serve(checkpoint, "v" + i, denoiser, open));
        rig.submit(TestJobs.with("j" + i, TestJobs.spec("m").setNumInferenceSteps(2 + i % 5)));
        if (i > 0) {
          // The job of the version before may still run, and its network is needed that long.
          assertThat(rig.images("j" + (i - 1))).hasSize(1);
        }
      }
      assertThat(rig.images("j" + (SWAPS - 1))).hasSize(1);
      await().until(() -> open.get() == 1);
      assertThat(mostOpen).hasValueLessThanOrEqualTo(4);
      String last =
          rig.end("j" + (SWAPS - 1)).getSucceeded().getProvenance().getCheckpointVersion();
      assertThat(last).isEqualTo("v" + (SWAPS - 1));
      await().until(() -> system.getManagedArrays().size() <= arraysBefore);
    }
    assertThat(open).hasValue(0);
  }

  private EngineCommand serve(
      Checkpoint checkpoint, String version, TorchDenoiser denoiser, AtomicInteger open) {
    CheckpointManifest m = checkpoint.manifest();
    CheckpointManifest manifest =
        new CheckpointManifest(
            m.formatVersion(),
            m.model(),
            version,
            m.network(),
            m.prediction(),
            m.logSnrRange(),
            m.image(),
            m.classNames(),
            m.nullCondition(),
            m.defaults(),
            m.training(),
            m.files(),
            m.metrics());
    return new EngineCommand.Serve(
        new ServedModel(
            manifest,
            checkpoint.weightsSha256(),
            denoiser,
            open::decrementAndGet,
            Device.cpu(),
            "float32",
            8));
  }
}
