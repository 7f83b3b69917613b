package dev.anagama.trainer.recipe;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.anagama.diffusion.checkpoint.ImageShape;
import dev.anagama.diffusion.checkpoint.SamplingDefaults;
import dev.anagama.diffusion.network.Precision;
import dev.anagama.diffusion.network.UNet;
import dev.anagama.diffusion.network.UNetConfig;
import dev.anagama.trainer.training.NetworkSize;
import dev.anagama.trainer.training.TrainingOptions;
import dev.anagama.trainer.training.TrainingOptions.Objective;
import dev.anagama.trainer.training.TrainingOptions.Optimisation;
import dev.anagama.trainer.training.TrainingOptions.Run;
import dev.anagama.trainer.training.TrainingOptions.Subject;

/**
 * How to train a model of a kind of data. It says nothing of the machine: the precision is chosen
 * there.
 *
 * @param about what it is, where its figures come from and what differs from there
 * @param trainedHere whether a model was trained by it in this project
 * @param image size of the images that it is meant for
 * @param classes number of classes of the data that it is meant for
 * @param subject names of model, data set and classes; no class names where the data must name them
 * @param network size and form of the network
 * @param objective what the network learns
 * @param optimisation how its weights move
 * @param run how long, and from which seed
 * @param defaults what the checkpoint recommends for sampling
 */
public record Recipe(
    @JsonProperty(required = true) String about,
    @JsonProperty(required = true) boolean trainedHere,
    @JsonProperty(required = true) ImageShape image,
    @JsonProperty(required = true) int classes,
    @JsonProperty(required = true) Subject subject,
    @JsonProperty(required = true) NetworkSize network,
    @JsonProperty(required = true) Objective objective,
    @JsonProperty(required = true) Optimisation optimisation,
    @JsonProperty(required = true) Run run,
    @JsonProperty(required = true) SamplingDefaults defaults) {

  /**
   * Checks that the network can be made for the images, and the options in either precision.
   *
   * @throws IllegalArgumentException naming the field, its value and what is allowed
   */
  public Recipe {
    UNetConfig config = network.config(image.channels(), classes);
    int multiple = config.sideMultiple();
    if (image.height() % multiple != 0 || image.width() % multiple != 0) {
      throw new IllegalArgumentException(
          "image is %d x %d; allowed: sides divisible by %d, for %d levels"
              .formatted(
                  image.height(), image.width(), multiple, config.channelsPerLevel().size()));
    }
    int names = subject.classNames().size();
    if (names != 0 && names != classes) {
      throw new IllegalArgumentException(
          "subject.class_names is %d names; allowed: as many as classes, %d, or none"
              .formatted(names, classes));
    }
    var unused =
        new TrainingOptions(
            subject, network, objective, optimisation, run, Precision.FLOAT32, defaults);
  }

  /** What to train with it in a precision; the names of the classes may still be missing. */
  public TrainingOptions options(Precision precision) {
    return new TrainingOptions(subject, network, objective, optimisation, run, precision, defaults);
  }

  /** The network for the data that it is meant for. */
  public UNetConfig config() {
    return network.config(image.channels(), classes);
  }

  /** Trained scalars of that network. */
  public long parameterCount() {
    return UNet.parameterCount(config());
  }
}
