package dev.anagama.diffusion.guidance;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.List;

/** Passes on to another denoiser and writes down the conditions of each call's rows. */
public final class CountingDenoiser implements Denoiser {
  private final Denoiser inner;
  private final List<List<Long>> calls = new ArrayList<>();

  /** Counts for {@code inner}. */
  public CountingDenoiser(Denoiser inner) {
    this.inner = inner;
  }

  @Override
  public NDArray predictNoise(NDArray z, NDArray logSnr, NDArray condition) {
    List<Long> conditions = new ArrayList<>();
    for (long value : condition.toLongArray()) {
      conditions.add(value);
    }
    calls.add(conditions);
    return inner.predictNoise(z, logSnr, condition);
  }

  /** The conditions of every call's rows, in order. */
  public List<List<Long>> calls() {
    return calls;
  }
}
