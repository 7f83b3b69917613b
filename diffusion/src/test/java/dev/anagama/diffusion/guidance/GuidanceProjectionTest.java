package dev.anagama.diffusion.guidance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.anagama.diffusion.schedule.LogSnr;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Projected guidance against the paper's algorithm, done here in double and in x. */
class GuidanceProjectionTest {
  private static final double W = 3;
  private static final Guidance PLAIN = new Guidance(W, GuidanceInterval.ALWAYS);

  private final GaussianMixture data = ThreeGaussians.data();
  private final GuidedDenoiser guided = new ClassifierFreeGuidance(data, data.nullCondition());
  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  private NDArray z(float... values) {
    return manager.create(values, new Shape(values.length / 2, 2, 1, 1));
  }

  private double[] denoised(NDArray z, double logSnr, long condition) {
    NDArray eps =
        data.predictNoise(
            z,
            manager.create(new float[] {(float) logSnr}),
            manager.create(new long[] {condition}));
    return image(z, eps, logSnr);
  }

  private static double[] image(NDArray z, NDArray eps, double logSnr) {
    float[] zs = z.toFloatArray();
    float[] noise = eps.toFloatArray();
    double[] x = new double[zs.length];
    for (int i = 0; i < x.length; i++) {
      x[i] = (zs[i] - LogSnr.sigma(logSnr) * noise[i]) / LogSnr.alpha(logSnr);
    }
    return x;
  }

  /** Algorithm 1 of the paper for one image of two values; {@code d} is changed to the next one. */
  private static double[] expected(double[] xc, double[] xu, double[] d, GuidanceProjection by) {
    for (int i = 0; i < 2; i++) {
      d[i] = xc[i] - xu[i] + by.momentum() * d[i];
    }
    double norm = Math.hypot(d[0], d[1]);
    double shorten = Math.min(1, by.normLimit() / norm);
    double along = (d[0] * xc[0] + d[1] * xc[1]) / (xc[0] * xc[0] + xc[1] * xc[1]);
    double[] x = new double[2];
    for (int i = 0; i < 2; i++) {
      double parallel = along * xc[i];
      x[i] = xc[i] + W * shorten * (d[i] - parallel + by.eta() * parallel);
    }
    return x;
  }

  @Test
  void projection_severalPasses_isAlgorithm1() {
    for (GuidanceProjection by :
        new GuidanceProjection[] {
          new GuidanceProjection(0, Double.POSITIVE_INFINITY, 0),
          new GuidanceProjection(0.3, 0.2, 0),
          new GuidanceProjection(0, 0.25, -0.5),
          new GuidanceProjection(1, Double.POSITIVE_INFINITY, 0.4)
        }) {
      double[] d = {0, 0};
      NDArray momentum = null;
      for (double logSnr : new double[] {-2, -0.5, 1, 2}) {
        NDArray z = z(0.7f, (float) (0.2 * logSnr));
        double[] x =
            expected(denoised(z, logSnr, 1), denoised(z, logSnr, data.nullCondition()), d, by);

        GuidedNoise made =
            guided.predictNoise(z, GuidedRowsOf.rows(logSnr, 1, PLAIN.with(by)), momentum);

        assertThat(image(z, made.eps(), logSnr)).containsExactly(x, within(1e-4));
        momentum = made.momentum();
        assertThat(momentum == null).isEqualTo(by.momentum() == 0);
      }
    }
  }

  @Test
  void projection_etaOneWithoutLimitAndMomentum_isClassifierFreeGuidanceToTheBit() {
    NDArray z = z(0.7f, -0.2f, 1.4f, 0.3f);
    Guidance all = PLAIN.with(new GuidanceProjection(1, Double.POSITIVE_INFINITY, 0));
    // A neighbour that is projected has the projection computed for both.
    Guidance other = PLAIN.with(new GuidanceProjection(0, 0.5, -0.5));

    float[] plain = eps(z, PLAIN, PLAIN);
    float[] projected = eps(z, all, other);

    assertThat(new float[] {projected[0], projected[1]})
        .containsExactly(new float[] {plain[0], plain[1]});
    assertThat(projected[2]).isNotEqualTo(plain[2]);
  }

  private float[] eps(NDArray z, Guidance... guidances) {
    return guided.predictNoise(z, GuidedRowsOf.rows(0.5, 1, guidances), null).eps().toFloatArray();
  }

  @Test
  void momentum_whereARowIsNotGuided_staysAsItWas() {
    Guidance here =
        new Guidance(W, new GuidanceInterval(-1, 1)).with(new GuidanceProjection(0, 1, -0.5));
    NDArray z = z(0.7f, -0.2f, 1.4f, 0.3f);
    NDArray before = z(0.1f, 0.2f, 0.3f, 0.4f);
    GuidedRow[] rows = {new GuidedRow(0, 1, here), new GuidedRow(5, 1, here)};

    NDArray after = Objects.requireNonNull(guided.predictNoise(z, rows, before).momentum());

    float[] values = after.toFloatArray();
    assertThat(new float[] {values[2], values[3]}).containsExactly(0.3f, 0.4f);
    assertThat(values[0]).isNotEqualTo(0.1f);

    GuidedRow[] outside = {new GuidedRow(5, 1, here), new GuidedRow(5, 1, here)};
    assertThat(guided.predictNoise(z, outside, before).momentum()).isSameAs(before);
  }

  @Test
  void momentum_ofTheNoisiestLevels_isNotBegun() {
    Guidance guidance = PLAIN.with(new GuidanceProjection(0, 1, -0.5));
    NDArray z = z(0.7f, -0.2f);

    GuidedNoise noisy = guided.predictNoise(z, GuidedRowsOf.rows(-20, 1, guidance), null);
    GuidedNoise next = guided.predictNoise(z, GuidedRowsOf.rows(-6, 1, guidance), null);

    assertThat(largest(noisy.momentum())).isEqualTo(0f);
    assertThat(largest(next.momentum())).isGreaterThan(0.01f);
  }

  private static float largest(@Nullable NDArray momentum) {
    return Objects.requireNonNull(momentum).abs().max().getFloat();
  }

  @Test
  void momentum_thatNoRowGoesOnWith_isDropped() {
    NDArray z = z(0.7f, -0.2f);

    GuidedNoise made = guided.predictNoise(z, GuidedRowsOf.rows(0, 1, PLAIN), z(0.1f, 0.2f));

    assertThat(made.momentum()).isNull();
  }

  @Test
  void construct_wrongNumbers_areRefused() {
    assertThatThrownBy(() -> new GuidanceProjection(1.5, 1, 0))
        .hasMessage("guidanceProjection.eta is 1.5, must be within [0, 1]");
    assertThatThrownBy(() -> new GuidanceProjection(0, 0, 0))
        .hasMessage("guidanceProjection.normLimit is 0.0, must be above 0");
    assertThatThrownBy(() -> new GuidanceProjection(0, 1, -1))
        .hasMessage("guidanceProjection.momentum is -1.0, must be within [-0.9, 0.9]");
  }
}
