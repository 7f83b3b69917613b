package dev.anagama.diffusion.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TorchDenoiserTest {
  @TempDir private Path folder;

  @Test
  void ofFile_aModuleMadeElsewhere_answersAsItSays() throws IOException {
    Path file = folder.resolve("denoiser.pt");
    UserMadeArchive.write(file, 1, 10, -2);
    try (TorchDenoiser denoiser = TorchDenoiser.ofFile(file, Device.cpu());
        NDManager scope = NDManager.newBaseManager()) {
      NDArray eps =
          denoiser.predictNoise(
              scope.ones(new Shape(3, 1, 1, 2)),
              scope.create(new float[] {0, 0, 20}),
              scope.create(new long[] {0, 1, 2}));

      assertThat(eps.toFloatArray())
          .containsExactly(new float[] {0.5f, 0.5f, 5, 5, -2, -2}, within(1e-6f));
    }
  }

  @Test
  void predictNoise_itsResult_belongsToTheManagerOfZ() {
    try (TorchDenoiser denoiser = small();
        NDManager ofZ = NDManager.newBaseManager();
        NDManager other = NDManager.newBaseManager()) {
      NDArray eps = predict(denoiser, ofZ, other);

      assertThat(eps.getManager()).isSameAs(ofZ);
      assertThat(eps.hasGradient()).isFalse();
    }
  }

  @Test
  void predictNoise_manyTimes_leavesNoArraysBehind() {
    try (TorchDenoiser denoiser = small();
        NDManager manager = NDManager.newBaseManager()) {
      for (int i = 0; i < 100; i++) {
        try (NDManager scope = manager.newSubManager()) {
          assertThat(predict(denoiser, scope, scope).getShape()).isEqualTo(new Shape(2, 1, 4, 4));
          assertThat(scope.getManagedArrays()).hasSize(4);
        }
      }
      assertThat(manager.getManagedArrays()).isEmpty();
    }
  }

  private static NDArray predict(TorchDenoiser denoiser, NDManager ofZ, NDManager ofTheRest) {
    return denoiser.predictNoise(
        ofZ.ones(new Shape(2, 1, 4, 4)),
        ofTheRest.create(new float[] {0, 1}),
        ofTheRest.create(new long[] {0, 2}));
  }

  private static TorchDenoiser small() {
    return TorchDenoiser.ofUNet(
        Networks.SMALL, RandomWeights.of(Networks.SMALL, 1), Device.cpu(), Precision.FLOAT32);
  }
}
