package dev.anagama.trainer.metric;

/**
 * How the generated images' manifold lies to the real one's.
 *
 * @param precision share of generated vectors that lie in a ball of a real one: fidelity
 * @param recall share of real vectors that lie in a ball of a generated one: variety (both
 *     Kynkaanniemi et al., arXiv 1904.06991)
 * @param density real balls that a generated vector lies in, on average, over k; may exceed 1
 * @param coverage share of real balls in which a generated vector lies (both Naeem et al., arXiv
 *     2002.09797, which shows them to be steadier under outliers)
 */
public record ManifoldScores(double precision, double recall, double density, double coverage) {
  /**
   * The scores of generated vectors.
   *
   * @param real the real vectors
   * @param realBalls around them, of {@code k} neighbours
   * @param generated more than k vectors, best as many as real ones: the scores depend on it
   */
  public static ManifoldScores of(
      FeatureRows real, Neighbourhoods realBalls, FeatureRows generated, int k) {
    Neighbourhoods.Hits ofGenerated = realBalls.hits(generated);
    Neighbourhoods.Hits ofReal = new Neighbourhoods(generated, k).hits(real);
    double count = generated.rows();
    return new ManifoldScores(
        ofGenerated.inside() / count,
        (double) ofReal.inside() / real.rows(),
        ofGenerated.pairs() / (k * count),
        (double) ofGenerated.covered() / realBalls.size());
  }
}
