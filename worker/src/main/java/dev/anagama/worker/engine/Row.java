package dev.anagama.worker.engine;

import dev.anagama.diffusion.sampler.NoiseStream;
import dev.anagama.diffusion.sampler.Step;

/**
 * One image on its way from noise to picture: its step, its condition and guidance (those of its
 * job) and its own noise. Its z is a slice of its {@link ModelRun}'s. Touched by the engine's
 * thread alone.
 */
final class Row implements RowChoice.Candidate {
  private final ActiveJob job;
  private final int image;
  private final NoiseStream stream;
  private float[] noise = new float[0];
  private int noiseDrawn = -1;
  private int step;
  private boolean begun;

  Row(ActiveJob job, JobPlan plan, int image) {
    this.job = job;
    this.image = image;
    this.stream = new NoiseStream(plan.seed(), image);
  }

  ActiveJob job() {
    return job;
  }

  /** The image's number in its job. */
  int image() {
    return image;
  }

  /** Steps that it has taken. */
  int stepsTaken() {
    return step;
  }

  /** The step that it takes next. */
  Step nextStep() {
    return job.plan().group().steps().get(step);
  }

  /** Whether its next step makes the picture. */
  boolean atLastStep() {
    return step == job.plan().group().steps().size() - 1;
  }

  /** w at its next step. */
  double weight() {
    return job.plan().guidance().weightAt(nextStep().logSnr());
  }

  @Override
  public boolean begun() {
    return begun;
  }

  @Override
  public int networkRows() {
    return weight() == 0 ? 1 : RowChoice.MAX_NETWORK_ROWS;
  }

  /** The values that z begins with. */
  float[] initialNoise() {
    return noise(0);
  }

  /** The values that its next step adds; the same ones however often that step is tried. */
  float[] stepNoise() {
    return noise(step + 1);
  }

  /** It has its slice of z now. */
  void begin() {
    begun = true;
  }

  /** Its slice of z has moved on by one step. */
  void advance() {
    step++;
  }

  private float[] noise(int draw) {
    if (noiseDrawn != draw) {
      if (noise.length == 0) {
        // Not before it is needed: most rows wait for a while.
        noise = new float[job.plan().run().served().manifest().image().count()];
      }
      stream.fill(noise);
      noiseDrawn = draw;
    }
    return noise;
  }
}
