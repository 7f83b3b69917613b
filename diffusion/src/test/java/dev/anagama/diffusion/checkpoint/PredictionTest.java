package dev.anagama.diffusion.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.anagama.diffusion.network.Precision;
import dev.anagama.diffusion.network.TorchDenoiser;
import dev.anagama.diffusion.schedule.PredictionTarget;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The same weights, said to predict different things. */
class PredictionTest {
  private static final float LOG_SNR = 1;
  private static final float Z = 0.5f;

  @TempDir private Path folder;

  @ParameterizedTest
  @EnumSource(PredictionTarget.class)
  void open_anyPrediction_isServedAsNoise(PredictionTarget target) throws IOException {
    Checkpoint written = TinyCheckpoint.write(folder);
    float[] prediction = answer(written, 2);
    Path manifest = folder.resolve(Checkpoint.MANIFEST);
    String text = Files.readString(manifest);
    Files.writeString(manifest, text.replace("\"eps\"", "\"" + target.label() + "\""));

    float[] eps = answer(Checkpoint.read(folder), 2);

    for (int i = 0; i < eps.length; i++) {
      double expected =
          target.targetInNoise(LOG_SNR) * prediction[i] + target.zInNoise(LOG_SNR) * Z;
      assertThat((double) eps[i]).isCloseTo(expected, within(1e-5));
    }
  }

  /** One pass, after which the manager holds nothing more than the answer and what was asked. */
  private static float[] answer(Checkpoint checkpoint, int rows) {
    try (TorchDenoiser denoiser = checkpoint.open(Device.cpu(), Precision.FLOAT32);
        NDManager manager = NDManager.newBaseManager()) {
      NDArray z = manager.full(new Shape(rows, 1, 8, 12), Z);
      NDArray logSnr = manager.full(new Shape(rows), LOG_SNR);
      NDArray condition = manager.create(new long[] {0, 2});

      NDArray eps = denoiser.predictNoise(z, logSnr, condition);

      assertThat(manager.getManagedArrays()).containsExactlyInAnyOrder(z, logSnr, condition, eps);
      return eps.toFloatArray();
    }
  }
}
