package dev.anagama.trainer.sampling;

import dev.anagama.diffusion.guidance.Autoguidance;
import dev.anagama.diffusion.guidance.ClassifierFreeGuidance;
import dev.anagama.diffusion.guidance.ClassifierGuidance;
import dev.anagama.diffusion.guidance.Denoiser;
import dev.anagama.diffusion.guidance.Guidance;
import dev.anagama.diffusion.guidance.GuidedDenoiser;
import dev.anagama.diffusion.guidance.NoisyClassifier;
import dev.anagama.diffusion.sampler.LowTemperature;
import dev.anagama.diffusion.sampler.Step;
import java.util.List;

/** A {@link GuidanceMethod} with the networks that it needs beside the checkpoint's own. */
public sealed interface Arm extends AutoCloseable {
  /** The method. */
  GuidanceMethod method();

  /** What each image is guided by. */
  Guidance guidance(double strength);

  /** The checkpoint's network, guided. */
  GuidedDenoiser around(
      Denoiser denoiser, long nullCondition, double strength, Evaluations evaluations);

  /** A sampler's steps, changed if the method does that. */
  default List<Step> steps(List<Step> plain, double strength) {
    return plain;
  }

  /** Closes what was opened for it. */
  @Override
  default void close() {}

  /** Classifier-free guidance, which needs nothing else. */
  static Arm classifierFree(GuidanceTuning tuning) {
    return new ClassifierFree(new GuidanceMethod.ClassifierFree(tuning));
  }

  /** A lower temperature, which needs nothing else. */
  static Arm lowTemperature(GuidanceMethod.LowTemperature method) {
    return new Cold(method);
  }

  /**
   * Classifier-free guidance.
   *
   * @param method what it is
   */
  record ClassifierFree(GuidanceMethod.ClassifierFree method) implements Arm {
    @Override
    public Guidance guidance(double strength) {
      return method.tuning().guidance(strength);
    }

    @Override
    public GuidedDenoiser around(
        Denoiser denoiser, long nullCondition, double strength, Evaluations evaluations) {
      return new ClassifierFreeGuidance(evaluations.counting(denoiser), nullCondition);
    }
  }

  /**
   * Autoguidance. Evaluations of both networks are counted alike.
   *
   * @param method what it is
   * @param weaker the weaker network
   * @param owned closes it
   */
  record WeakerModel(GuidanceMethod.WeakerModel method, Denoiser weaker, Runnable owned)
      implements Arm {
    @Override
    public Guidance guidance(double strength) {
      return method.tuning().guidance(strength);
    }

    @Override
    public GuidedDenoiser around(
        Denoiser denoiser, long nullCondition, double strength, Evaluations evaluations) {
      return new Autoguidance(evaluations.counting(denoiser), evaluations.counting(weaker));
    }

    @Override
    public void close() {
      owned.run();
    }
  }

  /**
   * Classifier guidance.
   *
   * @param method what it is
   * @param classifier that guides
   * @param owned closes it
   */
  record ByClassifier(GuidanceMethod.Classifier method, NoisyClassifier classifier, Runnable owned)
      implements Arm {
    @Override
    public Guidance guidance(double strength) {
      return method.tuning().guidance(strength);
    }

    @Override
    public GuidedDenoiser around(
        Denoiser denoiser, long nullCondition, double strength, Evaluations evaluations) {
      return new ClassifierGuidance(
          evaluations.counting(denoiser), evaluations.countingGradients(classifier), nullCondition);
    }

    @Override
    public void close() {
      owned.run();
    }
  }

  /**
   * A lower temperature without guidance.
   *
   * @param method what it is
   */
  record Cold(GuidanceMethod.LowTemperature method) implements Arm {
    @Override
    public Guidance guidance(double strength) {
      return Guidance.NONE;
    }

    @Override
    public GuidedDenoiser around(
        Denoiser denoiser, long nullCondition, double strength, Evaluations evaluations) {
      Denoiser cold = temperature(strength).around(evaluations.counting(denoiser));
      return new ClassifierFreeGuidance(cold, nullCondition);
    }

    @Override
    public List<Step> steps(List<Step> plain, double strength) {
      return temperature(strength).shrunk(plain);
    }

    private LowTemperature temperature(double strength) {
      return switch (method.cooled()) {
        case SCORE -> new LowTemperature(1 / strength, 1);
        case NOISE -> new LowTemperature(1, strength);
      };
    }
  }
}
