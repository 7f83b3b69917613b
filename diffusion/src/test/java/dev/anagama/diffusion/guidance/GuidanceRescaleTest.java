package dev.anagama.diffusion.guidance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.anagama.diffusion.schedule.LogSnr;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Guidance rescale against the paper's equations, done here in double and in v. */
class GuidanceRescaleTest {
  private static final double LOG_SNR = -0.7;
  private static final Guidance PLAIN = new Guidance(4, GuidanceInterval.ALWAYS);

  private final NDManager manager = NDManager.newBaseManager();
  private final GaussianMixture data =
      new GaussianMixture(
          new double[][] {{0.4, -0.3, 0.8, 0.1}, {-0.5, 0.2, -0.9, 0.6}},
          new double[] {0.5, 0.5},
          0.3);
  private final GuidedDenoiser guided = new ClassifierFreeGuidance(data, data.nullCondition());
  private final float[] values = {0.7f, -0.2f, 0.4f, -1.1f};

  @AfterEach
  void close() {
    manager.close();
  }

  private float[] eps(Guidance... guidances) {
    NDArray one = manager.create(values, new Shape(1, 1, 2, 2));
    NDArray z = one.repeat(0, guidances.length);
    return guided
        .predictNoise(z, GuidedRowsOf.rows(LOG_SNR, 0, guidances), null)
        .eps()
        .toFloatArray();
  }

  private double[] velocity(float[] eps) {
    double[] v = new double[4];
    for (int i = 0; i < 4; i++) {
      v[i] = (eps[i] - LogSnr.sigma(LOG_SNR) * values[i]) / LogSnr.alpha(LOG_SNR);
    }
    return v;
  }

  private static double std(double[] v) {
    double mean = 0;
    double square = 0;
    for (double value : v) {
      mean += value / v.length;
    }
    for (double value : v) {
      square += (value - mean) * (value - mean) / v.length;
    }
    return Math.sqrt(square);
  }

  @Test
  void rescale_anyPhi_takesBackThatPartOfTheSpreadOfV() {
    double[] conditional = velocity(eps(Guidance.NONE));
    double[] plain = velocity(eps(PLAIN));
    assertThat(std(plain)).isGreaterThan(1.2 * std(conditional));
    for (double phi : new double[] {0.3, 0.7, 1}) {
      double[] rescaled = velocity(eps(PLAIN.with(new GuidanceRescale(phi))));

      double factor = phi * std(conditional) / std(plain) + 1 - phi;
      for (int i = 0; i < 4; i++) {
        assertThat(rescaled[i]).isCloseTo(factor * plain[i], within(1e-5));
      }
    }
    assertThat(std(velocity(eps(PLAIN.with(new GuidanceRescale(1))))))
        .isCloseTo(std(conditional), within(1e-5));
  }

  @Test
  void rescale_ofOneRow_leavesItsNeighboursToTheBit() {
    float[] alone = eps(PLAIN);
    float[] among = eps(PLAIN, PLAIN.with(new GuidanceRescale(0.7)), Guidance.NONE, PLAIN);
    float[] none = eps(Guidance.NONE);
    for (int i = 0; i < 4; i++) {
      assertThat(among[i]).isEqualTo(alone[i]);
      assertThat(among[8 + i]).isEqualTo(none[i]);
      assertThat(among[12 + i]).isEqualTo(alone[i]);
    }
  }

  @Test
  void rescale_imageOfOneValue_staysFinite() {
    GuidedDenoiser flat = new ClassifierFreeGuidance((z, logSnr, condition) -> z.zerosLike(), 1);
    NDArray z = manager.zeros(new Shape(1, 1, 2, 2));
    GuidedRow[] rows = GuidedRowsOf.rows(LOG_SNR, 0, PLAIN.with(new GuidanceRescale(1)));

    assertThat(flat.predictNoise(z, rows, null).eps().toFloatArray()).containsOnly(0f);
  }

  @Test
  void construct_phiOutside_isRefused() {
    assertThatThrownBy(() -> new GuidanceRescale(-0.1))
        .hasMessage("phi is -0.1, must be within [0, 1]");
  }
}
