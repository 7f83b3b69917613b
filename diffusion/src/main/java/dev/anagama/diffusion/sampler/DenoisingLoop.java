package dev.anagama.diffusion.sampler;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.anagama.diffusion.guidance.GuidedDenoiser;
import dev.anagama.diffusion.guidance.GuidedNoise;
import dev.anagama.diffusion.guidance.GuidedRow;
import java.util.Arrays;
import java.util.List;

/**
 * Sampling with classifier-free guidance: Algorithm 2 of Ho and Salimans (arXiv 2207.12598), for a
 * batch of images that start together and take the same steps. The worker's engine takes the same
 * steps by the same two calls, but lets rows join and leave between them.
 *
 * @param guided the network with guidance around it
 * @param steps of a {@link Sampler}, noisiest first, at least one
 * @param clip whether x~ is clipped to [-1, 1], see {@link PixelBounds}
 */
public record DenoisingLoop(GuidedDenoiser guided, List<Step> steps, boolean clip) {
  /**
   * Copies the steps.
   *
   * @throws IllegalArgumentException if there are none
   */
  public DenoisingLoop {
    steps = List.copyOf(steps);
    if (steps.isEmpty()) {
      throw new IllegalArgumentException("steps is empty, must hold at least one step");
    }
  }

  /**
   * Makes images from noise. Line numbers are those of Algorithm 2.
   *
   * @param manager owner of the result; during the run it holds one array more, or up to three if a
   *     sampler or a guidance remembers something, and every other array lives no longer than its
   *     step
   * @param images N rows, at least one, each with its own condition, guidance and noise
   * @param imageShape of one image: channels, height, width
   * @param listener called after every step
   * @return the images, float32[N, C, H, W], in [-1, 1] up to what the network missed (exactly, if
   *     clipped)
   */
  public NDArray sample(
      NDManager manager, List<GuidedImage> images, Shape imageShape, StepListener listener) {
    PixelBounds bounds =
        new PixelBounds(clip, images.stream().map(image -> image.guidance().threshold()).toList());

    // Line 1: z_1 ~ N(0, I).
    RowState state = RowState.start(noise(manager, images, imageShape));

    // Line 2: for t = 1, ..., T, from noise to image.
    for (int t = 1; t <= steps.size(); t++) {
      Step step = steps.get(t - 1);
      try (NDManager scope = manager.newSubManager()) {
        state.attach(scope);

        // Line 3: eps~ = (1 + w) eps(z, c) - w eps(z, null), in one forward pass.
        GuidedNoise eps = guided.predictNoise(state.z(), rows(images, step), state.momentum());

        // Lines 4 and 5: x~ = (z - sigma eps~) / alpha, then z' ~ N(mu~(z, x~), ...), or x~ itself.
        Step[] stepOfRow = new Step[images.size()];
        Arrays.fill(stepOfRow, step);
        NDArray fresh = step.noiseScale() == 0 ? null : noise(scope, images, imageShape);
        RowState next = StepRule.advance(state, eps, stepOfRow, bounds, fresh);

        // Only the next state leaves the step.
        next.attach(manager);
        state = next;
      }
      listener.stepDone(t, steps.size());
    }
    // Lines 6 and 7: end for, return.
    return state.z();
  }

  private static GuidedRow[] rows(List<GuidedImage> images, Step step) {
    return images.stream()
        .map(image -> new GuidedRow(step.logSnr(), image.condition(), image.guidance()))
        .toArray(GuidedRow[]::new);
  }

  /** The next values of every image's own stream, float32[N, C, H, W]. */
  private static NDArray noise(NDManager manager, List<GuidedImage> images, Shape imageShape) {
    int size = Math.toIntExact(imageShape.size());
    float[] values = new float[Math.multiplyExact(images.size(), size)];
    for (int row = 0; row < images.size(); row++) {
      images.get(row).noise().fill(values, row * size, size);
    }
    return manager.create(values, new Shape(images.size()).addAll(imageShape));
  }
}
