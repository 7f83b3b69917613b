package dev.anagama.worker.engine;

import dev.anagama.diffusion.sampler.Step;
import java.util.List;

/**
 * The coefficients of a schedule's steps as a pass needs them: computed in double, rounded once.
 * Each step's stand side by side.
 */
final class StepTable {
  /** Columns of a pass's table. */
  static final int COLUMNS = 5;

  /** sigma. */
  static final int SIGMA = 0;

  /** sigma w. */
  static final int GUIDANCE = 1;

  /** 1 / alpha. */
  static final int INVERSE_ALPHA = 2;

  /** What multiplies z. */
  static final int Z = 3;

  /** What multiplies x~. */
  static final int X = 4;

  private final float[] logSnrs;
  private final float[] noiseScales;
  private final float[] coefficients;

  StepTable(List<Step> steps) {
    logSnrs = new float[steps.size()];
    noiseScales = new float[steps.size()];
    coefficients = new float[steps.size() * COLUMNS];
    for (int i = 0; i < steps.size(); i++) {
      Step step = steps.get(i);
      logSnrs[i] = (float) step.logSnr();
      noiseScales[i] = (float) step.noiseScale();
      coefficients[i * COLUMNS + SIGMA] = (float) step.sigma();
      coefficients[i * COLUMNS + GUIDANCE] = (float) step.sigma();
      coefficients[i * COLUMNS + INVERSE_ALPHA] = (float) (1 / step.alpha());
      coefficients[i * COLUMNS + Z] = (float) step.zCoefficient();
      coefficients[i * COLUMNS + X] = (float) step.xCoefficient();
    }
  }

  /** The level at which a step starts. */
  float logSnr(int step) {
    return logSnrs[step];
  }

  /** Standard deviation of the noise that a step adds; 0 if it adds none. */
  float noiseScale(int step) {
    return noiseScales[step];
  }

  /**
   * Writes a step's coefficients for one row of a pass.
   *
   * @param weight w of the row at the step
   * @param target [{@value #COLUMNS}, rows]
   */
  void pack(int step, double weight, float[] target, int row, int rows) {
    for (int column = 0; column < COLUMNS; column++) {
      target[column * rows + row] = coefficients[step * COLUMNS + column];
    }
    target[GUIDANCE * rows + row] *= (float) weight;
  }
}
