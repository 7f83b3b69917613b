package dev.anagama.trainer.metric;

import org.ejml.data.Complex_F64;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.EigenDecomposition_F64;

/**
 * The squared Frechet distance of normal distributions (Dowson and Landau 1982; Heusel et al.,
 * arXiv 1706.08500): {@code |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2))}.
 *
 * <p>{@code C1 C2} has the eigenvalues of the symmetric {@code C1^(1/2) C2 C1^(1/2)}, so the trace
 * of its root is the sum of their roots; eigenvalues that rounding leaves below zero count as zero.
 * The usual detour over the root of an unsymmetric matrix, with its imaginary parts, is not needed.
 */
public final class FrechetDistance {
  private final Gaussian reference;
  private final DMatrixRMaj root;

  /** Distances from a distribution, whose root is taken once. */
  public FrechetDistance(Gaussian reference) {
    this.reference = reference;
    this.root = root(reference);
  }

  /**
   * The squared distance of another distribution, at least 0 up to rounding.
   *
   * @throws IllegalArgumentException if it has another number of features
   */
  public double to(Gaussian other) {
    int width = reference.width();
    if (other.width() != width) {
      throw new IllegalArgumentException(
          "the distributions have %d and %d features; needed: as many"
              .formatted(width, other.width()));
    }
    double distance = 0;
    for (int i = 0; i < width; i++) {
      double difference = reference.mean()[i] - other.mean()[i];
      distance += difference * difference;
      distance += reference.covariance()[i * width + i] + other.covariance()[i * width + i];
    }
    return distance - 2 * traceOfRoot(other);
  }

  /** Trace of (C1 C2)^(1/2). */
  private double traceOfRoot(Gaussian other) {
    int width = reference.width();
    DMatrixRMaj half = new DMatrixRMaj(width, width);
    CommonOps_DDRM.mult(root, matrix(other), half);
    DMatrixRMaj product = new DMatrixRMaj(width, width);
    CommonOps_DDRM.mult(half, root, product);
    symmetrize(product);
    EigenDecomposition_F64<DMatrixRMaj> eigen = decompose(product, false);
    double trace = 0;
    for (int i = 0; i < eigen.getNumberOfEigenvalues(); i++) {
      trace += rootOf(eigen.getEigenvalue(i));
    }
    return trace;
  }

  /** V diag(sqrt(e)) V^T. */
  private static DMatrixRMaj root(Gaussian gaussian) {
    int width = gaussian.width();
    EigenDecomposition_F64<DMatrixRMaj> eigen = decompose(matrix(gaussian), true);
    DMatrixRMaj vectors = new DMatrixRMaj(width, width);
    DMatrixRMaj scaled = new DMatrixRMaj(width, width);
    for (int k = 0; k < width; k++) {
      DMatrixRMaj vector = eigen.getEigenVector(k);
      double scale = rootOf(eigen.getEigenvalue(k));
      for (int i = 0; i < width; i++) {
        vectors.set(i, k, vector.get(i, 0));
        scaled.set(i, k, vector.get(i, 0) * scale);
      }
    }
    DMatrixRMaj root = new DMatrixRMaj(width, width);
    CommonOps_DDRM.multTransB(scaled, vectors, root);
    return root;
  }

  private static double rootOf(Complex_F64 eigenvalue) {
    return Math.sqrt(Math.max(0, eigenvalue.getReal()));
  }

  private static EigenDecomposition_F64<DMatrixRMaj> decompose(
      DMatrixRMaj symmetric, boolean withVectors) {
    EigenDecomposition_F64<DMatrixRMaj> eigen =
        DecompositionFactory_DDRM.eig(symmetric.numRows, withVectors, true);
    if (!eigen.decompose(symmetric)) {
      throw new IllegalStateException(
          "the eigenvalues of a covariance of %d features were not found; are all features finite?"
              .formatted(symmetric.numRows));
    }
    return eigen;
  }

  /** A copy, which decompositions may overwrite. */
  private static DMatrixRMaj matrix(Gaussian gaussian) {
    return new DMatrixRMaj(gaussian.width(), gaussian.width(), true, gaussian.covariance().clone());
  }

  private static void symmetrize(DMatrixRMaj matrix) {
    for (int i = 0; i < matrix.numRows; i++) {
      for (int j = 0; j < i; j++) {
        double mean = (matrix.get(i, j) + matrix.get(j, i)) / 2;
        matrix.set(i, j, mean);
        matrix.set(j, i, mean);
      }
    }
  }
}
