package dev.anagama.diffusion.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

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

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void predictNoise_itsResult_belongsToTheManagerOfZ(int lanes) {
    try (TorchDenoiser denoiser = small(lanes);
        NDManager ofZ = NDManager.newBaseManager();
        NDManager other = NDManager.newBaseManager()) {
      NDArray eps = predict(denoiser, ofZ, other);

      assertThat(eps.getManager()).isSameAs(ofZ);
      assertThat(eps.hasGradient()).isFalse();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void predictNoise_manyTimes_leavesNoArraysBehind(int lanes) {
    try (TorchDenoiser denoiser = small(lanes);
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

  @ParameterizedTest
  @EnumSource(Precision.class)
  void predictNoise_anyLanesAndRows_isThePredictionOfOneLane(Precision precision) {
    Weights weights = RandomWeights.of(Networks.LARGE, 3);
    try (NDManager scope = NDManager.newBaseManager();
        TorchDenoiser one = TorchDenoiser.ofUNet(Networks.LARGE, weights, Device.cpu(), precision);
        TorchDenoiser three =
            TorchDenoiser.ofUNet(
                Networks.LARGE, weights, Device.cpu(), precision, new LaneLayout(3, 1))) {
      assertThat(one.lanes()).isEqualTo(1);
      assertThat(three.lanes()).isEqualTo(3);
      for (int rows : new int[] {1, 2, 3, 7, 16}) {
        Shape shape = new Shape(rows, 3, 8, 8);
        NDArray z = scope.create(RandomWeights.values((int) shape.size(), rows), shape);
        NDArray logSnr = scope.create(RandomWeights.values(rows, 5));
        NDArray condition = scope.create(LongStream.range(0, rows).map(row -> row % 5).toArray());

        NDArray eps = three.predictNoise(z, logSnr, condition);

        // Another number of rows may choose another order of summation, and so another rounding.
        NDArray expected = one.predictNoise(z, logSnr, condition).toType(DataType.FLOAT64, true);
        assertThat(Networks.distance(eps, expected))
            .isLessThan(precision == Precision.FLOAT32 ? 1e-5 : 0.05);
        assertThat(eps.getManager()).isSameAs(scope);
        assertThat(z.getManager()).isSameAs(scope);
      }
    }
  }

  @Test
  void predictNoise_aLaneFails_throwsWhatPyTorchSaysAndGoesOn() {
    try (TorchDenoiser denoiser = small(2);
        NDManager manager = NDManager.newBaseManager()) {
      NDArray z = manager.ones(new Shape(4, 1, 4, 4));
      NDArray logSnr = manager.create(new float[4]);
      // The last row is in the second lane's part.
      NDArray wrong = manager.create(new long[] {0, 1, 2, 99});

      assertThatThrownBy(() -> denoiser.predictNoise(z, logSnr, wrong))
          .isInstanceOf(EngineException.class)
          .hasMessageContaining("index out of range");

      assertThat(manager.getManagedArrays()).hasSize(3);
      NDArray right = manager.create(new long[] {0, 1, 2, 0});
      assertThat(denoiser.predictNoise(z, logSnr, right).getShape()).isEqualTo(z.getShape());
    }
  }

  @ParameterizedTest
  @CsvSource({"0, 1", "-1, 1", "257, 1", "1, 0"})
  void layout_outOfRange_isRefused(int lanes, int threadsEach) {
    assertThatThrownBy(() -> new LaneLayout(lanes, threadsEach))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "lanes is %d of %d threads each; allowed: 1 to 256 lanes of at least 1 thread"
                .formatted(lanes, threadsEach));
  }

  @Test
  void layout_sharing_givesEachLaneItsPartOfTheThreads() {
    assertThat(LaneLayout.sharing(2, 8)).isEqualTo(new LaneLayout(2, 4));
    assertThat(LaneLayout.sharing(3, 2)).isEqualTo(new LaneLayout(3, 1));
  }

  private static NDArray predict(TorchDenoiser denoiser, NDManager ofZ, NDManager ofTheRest) {
    return denoiser.predictNoise(
        ofZ.ones(new Shape(2, 1, 4, 4)),
        ofTheRest.create(new float[] {0, 1}),
        ofTheRest.create(new long[] {0, 2}));
  }

  private static TorchDenoiser small(int lanes) {
    return TorchDenoiser.ofUNet(
        Networks.SMALL,
        RandomWeights.of(Networks.SMALL, 1),
        Device.cpu(),
        Precision.FLOAT32,
        new LaneLayout(lanes, 1));
  }
}
