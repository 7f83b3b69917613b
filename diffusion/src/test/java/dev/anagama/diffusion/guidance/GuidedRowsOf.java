package dev.anagama.diffusion.guidance;

/** Rows for tests. */
public final class GuidedRowsOf {
  private GuidedRowsOf() {}

  /** Rows guided everywhere, each by its own weight. */
  public static GuidedRow[] rows(float[] logSnrs, long[] conditions, double[] weights) {
    GuidedRow[] rows = new GuidedRow[weights.length];
    for (int row = 0; row < rows.length; row++) {
      rows[row] =
          new GuidedRow(
              logSnrs[row], conditions[row], new Guidance(weights[row], GuidanceInterval.ALWAYS));
    }
    return rows;
  }

  /** Rows at one level of one condition, each with its own guidance. */
  public static GuidedRow[] rows(double logSnr, long condition, Guidance... guidances) {
    GuidedRow[] rows = new GuidedRow[guidances.length];
    for (int row = 0; row < rows.length; row++) {
      rows[row] = new GuidedRow(logSnr, condition, guidances[row]);
    }
    return rows;
  }
}
