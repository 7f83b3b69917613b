package dev.anagama.worker.engine;

import dev.anagama.diffusion.guidance.GuidedRow;
import dev.anagama.diffusion.sampler.NoiseStream;
import dev.anagama.diffusion.sampler.Step;
import java.util.Arrays;

/**
 * One image on its way from noise to picture: its step, its condition and guidance (those of its
 * job) and its own noise. Its z is a slice of its {@link ModelRun}'s. Touched by the engine's
 * thread, and by {@link NoiseAhead}'s while the engine keeps its hands off the noise.
 */
final class Row {
  /**
   * Draws that are kept: a step that is tried again needs what it needed before (two where the row
   * begins), and the one after that is drawn meanwhile.
   */
  private static final int DRAWS_KEPT = 3;

  private final ActiveJob job;
  private final JobPlan plan;
  private final int image;
  private final NoiseStream stream;
  private final float[][] noise = new float[DRAWS_KEPT][];
  private final int[] drawOf = new int[DRAWS_KEPT];
  private int step;

  Row(ActiveJob job, JobPlan plan, int image) {
    this.job = job;
    this.plan = plan;
    this.image = image;
    this.stream = new NoiseStream(plan.seed(), image);
    Arrays.fill(drawOf, -1);
    Arrays.fill(noise, new float[0]);
  }

  ActiveJob job() {
    return job;
  }

  JobPlan plan() {
    return plan;
  }

  /** The image's number in its job. */
  int image() {
    return image;
  }

  /** Steps that it has taken; each is one evaluation of the network. */
  int stepsTaken() {
    return step;
  }

  /** The step that it takes next. */
  Step next() {
    return plan.group().steps().get(step);
  }

  /** Whether its next step makes the picture. */
  boolean atLastStep() {
    return step == plan.group().steps().size() - 1;
  }

  /** What guidance needs to know for its next step. */
  GuidedRow guided() {
    return new GuidedRow(next().logSnr(), plan.condition(), plan.guidance());
  }

  /** The values that z begins with. */
  float[] initialNoise() {
    return noise(0);
  }

  /**
   * The values that its next step scales and adds; the same ones however often that step is tried.
   */
  float[] stepNoise() {
    return noise(step + 1);
  }

  /**
   * Whether the step after the next one adds noise. Where it adds none, none is to be drawn: a
   * row's noise does not depend on its neighbours.
   */
  boolean drawsAhead() {
    return !atLastStep() && plan.group().steps().get(step + 1).noiseScale() != 0;
  }

  /** Draws what the step after the next one adds; for rows that {@link #drawsAhead}. */
  void drawAhead() {
    noise(step + 2);
  }

  /** Its slice of z has moved on by one step. */
  void advance() {
    step++;
  }

  /** Its picture is made, and its noise is of no use any more. */
  void end() {
    Arrays.fill(noise, new float[0]);
  }

  private float[] noise(int draw) {
    int at = draw % DRAWS_KEPT;
    if (drawOf[at] != draw) {
      if (noise[at].length == 0) {
        noise[at] = new float[plan.run().served().manifest().image().count()];
      }
      stream.fill(noise[at]);
      drawOf[at] = draw;
    }
    return noise[at];
  }
}
