package dev.anagama.trainer.sampling;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.Objects;

/**
 * What makes images clearer than the model alone does: the methods that the paper compares, with
 * what one of them depends on beside its strength. Images of two points differ in more than their
 * noise unless their methods are equal.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "method")
@JsonSubTypes({
  @JsonSubTypes.Type(
      value = GuidanceMethod.ClassifierFree.class,
      name = GuidanceMethod.CLASSIFIER_FREE),
  @JsonSubTypes.Type(value = GuidanceMethod.WeakerModel.class, name = GuidanceMethod.AUTOGUIDANCE),
  @JsonSubTypes.Type(value = GuidanceMethod.Classifier.class, name = GuidanceMethod.CLASSIFIER),
  @JsonSubTypes.Type(
      value = GuidanceMethod.LowTemperature.class,
      name = GuidanceMethod.LOW_TEMPERATURE)
})
public sealed interface GuidanceMethod {
  /** Name of {@link ClassifierFree}. */
  String CLASSIFIER_FREE = "classifier-free";

  /** Name of {@link WeakerModel}. */
  String AUTOGUIDANCE = "autoguidance";

  /** Name of {@link Classifier}. */
  String CLASSIFIER = "classifier";

  /** Name of {@link LowTemperature}. */
  String LOW_TEMPERATURE = "low-temperature";

  /** The name on the command line and in files. */
  @JsonIgnore
  String name();

  /** Everything that tells it from other methods, in words. */
  @JsonIgnore
  String label();

  /** What it is varied by. */
  @JsonIgnore
  default StrengthAxis axis() {
    return StrengthAxis.WEIGHT;
  }

  /**
   * Away from the prediction without a class (eq. 6).
   *
   * @param tuning where and with what care
   */
  record ClassifierFree(@JsonProperty("tuning") GuidanceTuning tuning) implements GuidanceMethod {
    /** The paper's guidance with one weight everywhere, which is what a job gets. */
    public static final ClassifierFree PLAIN = new ClassifierFree(GuidanceTuning.NONE);

    @Override
    public String name() {
      return CLASSIFIER_FREE;
    }

    @Override
    public String label() {
      return name() + tuning.label();
    }
  }

  /**
   * Away from the prediction of a model that was trained less.
   *
   * @param weakerSha256 its weights
   * @param weakerImages images that it has seen in training
   * @param tuning where and with what care
   */
  record WeakerModel(
      @JsonProperty("weaker_sha256") String weakerSha256,
      @JsonProperty("weaker_images") long weakerImages,
      @JsonProperty("tuning") GuidanceTuning tuning)
      implements GuidanceMethod {
    private static final int PER_THOUSAND = 1000;

    /** Checks that the weights are named. */
    public WeakerModel {
      Objects.requireNonNull(weakerSha256);
    }

    @Override
    public String name() {
      return AUTOGUIDANCE;
    }

    @Override
    public String label() {
      return "%s by %dk images%s".formatted(name(), weakerImages / PER_THOUSAND, tuning.label());
    }
  }

  /**
   * Along the gradient of a classifier of noisy images.
   *
   * @param classifierSha256 its weights
   * @param tuning where and with what care
   */
  record Classifier(
      @JsonProperty("classifier_sha256") String classifierSha256,
      @JsonProperty("tuning") GuidanceTuning tuning)
      implements GuidanceMethod {
    /** Checks that the weights are named. */
    public Classifier {
      Objects.requireNonNull(classifierSha256);
    }

    @Override
    public String name() {
      return CLASSIFIER;
    }

    @Override
    public String label() {
      return name() + tuning.label();
    }
  }

  /**
   * No guidance but a lower temperature, the baseline of the paper's abstract.
   *
   * @param cooled what is changed
   */
  record LowTemperature(@JsonProperty("cooled") Cooled cooled) implements GuidanceMethod {
    /** What a temperature T changes. */
    public enum Cooled {
      /** The score is divided by T, as that of p^(1/T) is where there is no noise. */
      @JsonProperty("score")
      SCORE,
      /** The noise that an ancestral step adds is multiplied by T. */
      @JsonProperty("noise")
      NOISE;

      private String label() {
        return this == SCORE ? "score scaled" : "noise shrunk";
      }
    }

    @Override
    public String name() {
      return LOW_TEMPERATURE;
    }

    @Override
    public String label() {
      return "low temperature, " + cooled.label();
    }

    @Override
    public StrengthAxis axis() {
      return StrengthAxis.TEMPERATURE;
    }
  }
}
