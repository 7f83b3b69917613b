package dev.anagama.trainer.gradientfield;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.anagama.diffusion.sampler.NoiseStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The estimator, by fields whose Jacobians are known. */
class JacobianProductsTest {
  private static final int SIZE = 12;
  private static final int DIRECTIONS = 6;
  private static final int POINTS = 400;
  private static final double STEP = 0.01;

  /** Independent standard normal entries. */
  private static double[][] random(int seed) {
    float[] entries = new float[SIZE * SIZE];
    new NoiseStream(seed, 0).fill(entries);
    double[][] matrix = new double[SIZE][SIZE];
    for (int i = 0; i < entries.length; i++) {
      matrix[i / SIZE][i % SIZE] = entries[i];
    }
    return matrix;
  }

  /** {@code (M + sign M') / 2}. */
  private static double[][] part(double[][] matrix, int sign) {
    double[][] part = new double[SIZE][SIZE];
    for (int i = 0; i < SIZE; i++) {
      for (int j = 0; j < SIZE; j++) {
        part[i][j] = (matrix[i][j] + sign * matrix[j][i]) / 2;
      }
    }
    return part;
  }

  private static double[][] sum(double[][] a, double factor, double[][] b) {
    double[][] sum = new double[SIZE][SIZE];
    for (int i = 0; i < SIZE; i++) {
      for (int j = 0; j < SIZE; j++) {
        sum[i][j] = a[i][j] + factor * b[i][j];
      }
    }
    return sum;
  }

  private static double squaredNorm(double[][] matrix) {
    return Arrays.stream(matrix).flatMapToDouble(Arrays::stream).map(value -> value * value).sum();
  }

  private static VectorField linear(double[][] matrix) {
    return points -> {
      float[] vectors = new float[points.length];
      for (int i = 0; i < points.length; i++) {
        double sum = 0;
        for (int j = 0; j < SIZE; j++) {
          sum += matrix[i % SIZE][j] * points[i - i % SIZE + j];
        }
        vectors[i] = (float) sum;
      }
      return vectors;
    };
  }

  /** Gradient of {@code sum ln cosh (M z)}: {@code M' tanh(M z)}, which bends everywhere. */
  private static VectorField bentGradient(double[][] matrix) {
    double[][] transposed = new double[SIZE][SIZE];
    for (int i = 0; i < SIZE; i++) {
      for (int j = 0; j < SIZE; j++) {
        transposed[i][j] = matrix[j][i];
      }
    }
    return points -> {
      float[] bent = linear(matrix).at(points);
      for (int i = 0; i < bent.length; i++) {
        bent[i] = (float) Math.tanh(bent[i]);
      }
      return linear(transposed).at(bent);
    };
  }

  private static JacobianProducts products(VectorField field, int point, int count) {
    NoiseStream random = new NoiseStream(5, point);
    float[] z = new float[SIZE];
    random.fill(z);
    float[][] directions = new float[count][SIZE];
    for (float[] direction : directions) {
      random.fill(direction);
    }
    return JacobianProducts.of(field, z, directions, STEP);
  }

  private static List<SquaredNorms> norms(VectorField field, int directions) {
    List<SquaredNorms> norms = new ArrayList<>();
    for (int point = 0; point < POINTS; point++) {
      norms.add(products(field, point, directions).squaredNorms());
    }
    return norms;
  }

  private static AntisymmetricShare share(VectorField field) {
    return AntisymmetricShare.of(norms(field, DIRECTIONS), SIZE);
  }

  @Test
  void share_symmetric_isNothing() {
    AntisymmetricShare share = share(linear(part(random(1), 1)));
    assertThat(share.share()).isBetween(0.0, 1e-9);
  }

  @Test
  void share_antisymmetric_isAll() {
    AntisymmetricShare share = share(linear(part(random(1), -1)));
    assertThat(share.standardError()).isBetween(1e-3, 0.03);
    assertThat(share.share()).isCloseTo(1, within(4 * share.standardError()));
  }

  @Test
  void share_mixed_isThatOfTheMatrix() {
    double[][] symmetric = part(random(1), 1);
    double[][] antisymmetric = part(random(1), -1);
    for (double factor : new double[] {0.05, 0.3, 1, 3}) {
      double[][] matrix = sum(symmetric, factor, antisymmetric);
      double expected = factor * factor * squaredNorm(antisymmetric) / squaredNorm(matrix);
      AntisymmetricShare share = share(linear(matrix));
      assertThat(share.share()).isCloseTo(expected, within(4 * share.standardError()));
      assertThat(share.standardError()).isLessThan(0.05 * expected);
      assertThat(share.gain())
          .isCloseTo(Math.sqrt(squaredNorm(matrix) / SIZE), within(0.03 * share.gain()));
    }
  }

  @Test
  void squaredNorms_anyNumberOfDirections_areUnbiased() {
    double[][] matrix = random(2);
    double antisymmetric = squaredNorm(part(matrix, -1));
    for (int directions : new int[] {2, 3, 12}) {
      List<SquaredNorms> norms = norms(linear(matrix), directions);
      double ofHalf = norms.stream().mapToDouble(SquaredNorms::antisymmetric).average().orElse(0);
      double ofWhole = norms.stream().mapToDouble(SquaredNorms::whole).average().orElse(0);
      // One pair has a spread of about 1.5 times its mean, and there are 400 points.
      assertThat(ofHalf).isCloseTo(antisymmetric, within(0.3 * antisymmetric));
      assertThat(ofWhole).isCloseTo(squaredNorm(matrix), within(0.12 * squaredNorm(matrix)));
    }
  }

  @Test
  void standardError_overRepetitions_isTheirSpread() {
    double[][] matrix = random(3);
    double expected = squaredNorm(part(matrix, -1)) / squaredNorm(matrix);
    List<SquaredNorms> norms = norms(linear(matrix), DIRECTIONS);
    int each = 20;
    double squares = 0;
    double claimed = 0;
    for (int start = 0; start < POINTS; start += each) {
      AntisymmetricShare share = AntisymmetricShare.of(norms.subList(start, start + each), SIZE);
      squares += Math.pow(share.share() - expected, 2);
      claimed += Math.pow(share.standardError(), 2);
    }
    assertThat(Math.sqrt(claimed / squares)).isBetween(0.6, 1.6);
  }

  @Test
  void share_bentGradient_isNothingButTheStepsError() {
    assertThat(share(bentGradient(random(4))).share()).isBetween(0.0, 1e-4);
  }

  @Test
  void share_bentGradientAndALittleTurning_isSeen() {
    VectorField gradient = bentGradient(random(4));
    VectorField turning = linear(part(random(1), -1));
    VectorField both =
        points -> {
          float[] vectors = gradient.at(points);
          float[] more = turning.at(points);
          for (int i = 0; i < vectors.length; i++) {
            vectors[i] += 0.1f * more[i];
          }
          return vectors;
        };
    AntisymmetricShare share = share(both);
    assertThat(share.share()).isGreaterThan(10 * share(gradient).share());
    assertThat(share.share()).isGreaterThan(10 * share.standardError());
  }

  @Test
  void combined_twoFields_isThatOfTheirSum() {
    double[][] a = random(1);
    double[][] b = random(2);
    SquaredNorms of =
        products(linear(a), 0, DIRECTIONS)
            .combined(1, products(linear(b), 0, DIRECTIONS), -2)
            .squaredNorms();
    SquaredNorms expected = products(linear(sum(a, -2, b)), 0, DIRECTIONS).squaredNorms();
    assertThat(of.whole()).isCloseTo(expected.whole(), within(1e-3 * expected.whole()));
    assertThat(of.antisymmetric())
        .isCloseTo(expected.antisymmetric(), within(1e-3 * expected.antisymmetric()));
  }

  @Test
  void share_constantField_isNothing() {
    VectorField constant = points -> new float[points.length];
    assertThat(share(constant)).isEqualTo(new AntisymmetricShare(0, 0, 0));
  }

  @Test
  void share_onePoint_isRefused() {
    assertThatThrownBy(() -> AntisymmetricShare.of(List.of(new SquaredNorms(1, 2)), SIZE))
        .hasMessage("points is 1; allowed: 2 or more");
  }
}
