package dev.anagama.trainer.training;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;

import dev.anagama.diffusion.checkpoint.Checkpoint;
import dev.anagama.diffusion.checkpoint.CheckpointException;
import dev.anagama.diffusion.checkpoint.Safetensors;
import dev.anagama.diffusion.network.AdamW;
import dev.anagama.diffusion.network.UNet;
import dev.anagama.diffusion.network.UNetConfig;
import dev.anagama.diffusion.network.Weights;
import dev.anagama.diffusion.schedule.PredictionTarget;
import dev.anagama.trainer.data.DataException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * All that a run needs to go on where it stopped, in one file that is replaced as a whole. It is
 * not a checkpoint: nobody serves it.
 *
 * @param imagesSeen images so far
 * @param seconds time spent in training so far
 * @param losses mean losses so far
 * @param parameters trained weights
 * @param firstMoments of AdamW
 * @param secondMoments of AdamW
 * @param averages averaged weights
 */
record TrainingState(
    long imagesSeen,
    double seconds,
    LossHistory losses,
    Weights parameters,
    Weights firstMoments,
    Weights secondMoments,
    Weights averages) {

  private static final String FILE = "training-state.safetensors";
  private static final String OPTIONS = "options";

  /** Values kept of each parameter: itself, two moments and its average. */
  private static final int PARTS = 4;

  /**
   * Checks that the state of a network can be saved.
   *
   * @throws DataException if one file could not hold it
   */
  static void requireSavable(UNetConfig config) {
    long bytes = UNet.parameterCount(config) * PARTS * Float.BYTES;
    if (bytes > Checkpoint.MAX_FILE_BYTES) {
      throw new DataException(
          "the training state of %,d parameters takes %,d bytes; allowed: at most %,d, which one"
                  .formatted(UNet.parameterCount(config), bytes, Checkpoint.MAX_FILE_BYTES)
              + " file can hold");
    }
  }

  /**
   * Reads the state of an earlier run.
   *
   * @return empty if the folder has none
   * @throws DataException if the earlier run had other options or the file is damaged
   */
  static Optional<TrainingState> read(Path folder, TrainingOptions options) {
    Path file = folder.resolve(FILE);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      byte[] bytes = Files.readAllBytes(file);
      Map<String, String> metadata = Safetensors.metadata(FILE, bytes);
      String expected = identity(options);
      String found = metadata.getOrDefault(OPTIONS, "");
      if (!found.equals(expected)) {
        throw new DataException(
            "%s was written by a run with %s; this run has %s. Choose another --out, or the same"
                    .formatted(file, found, expected)
                + " options to go on");
      }
      Weights all = Safetensors.read(FILE, bytes);
      return Optional.of(
          new TrainingState(
              Long.parseLong(metadata.getOrDefault("images_seen", "")),
              Double.parseDouble(metadata.getOrDefault("seconds", "")),
              LossHistory.decode(metadata.getOrDefault("losses", "")),
              part(all, "parameter/"),
              part(all, "first/"),
              part(all, "second/"),
              part(all, "average/")));
    } catch (CheckpointException | IOException | NumberFormatException e) {
      throw new DataException("cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  /**
   * Replaces the folder's state.
   *
   * @throws IOException if there is no room or the folder can not be written to; what it holds stays
   */
  void write(Path folder, TrainingOptions options) throws IOException {
    Map<String, Weights.Tensor> all = new LinkedHashMap<>();
    parameters.tensors().forEach((name, tensor) -> all.put("parameter/" + name, tensor));
    firstMoments.tensors().forEach((name, tensor) -> all.put("first/" + name, tensor));
    secondMoments.tensors().forEach((name, tensor) -> all.put("second/" + name, tensor));
    averages.tensors().forEach((name, tensor) -> all.put("average/" + name, tensor));
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put(OPTIONS, identity(options));
    metadata.put("images_seen", Long.toString(imagesSeen));
    metadata.put("seconds", Double.toString(seconds));
    metadata.put("losses", losses.encode());
    replace(folder, ByteBuffer.wrap(Safetensors.write(new Weights(all), metadata)));
  }

  /** Writes beside the state and then puts that in its place; a reader sees the old or the new. */
  private static void replace(Path folder, ByteBuffer content) throws IOException {
    int size = content.remaining();
    Path temporary = folder.resolve(FILE + ".new");
    try {
      try (FileChannel file = FileChannel.open(temporary, CREATE, TRUNCATE_EXISTING, WRITE)) {
        while (content.hasRemaining()) {
          file.write(content);
        }
        // Before the name moves, or a machine that loses power may be left with an empty file.
        file.force(true);
      }
      Files.move(temporary, folder.resolve(FILE), ATOMIC_MOVE, REPLACE_EXISTING);
    } catch (IOException e) {
      Files.deleteIfExists(temporary);
      throw new IOException(
          "cannot save the training state in %s, which needs %,d bytes beside the earlier state (%,d"
                  .formatted(folder, size, folder.toFile().getUsableSpace())
              + " are free). That state is kept: make room and give the same command again",
          e);
    }
  }

  /** What must agree for a run to be continued: everything but how long it is and when it saves. */
  static String identity(TrainingOptions options) {
    return "seed=%d batch-size=%d learning-rate=%s weight-decay=%s warm-up-images=%d p-uncond=%s"
            .formatted(
                options.run().seed(),
                options.optimisation().batchSize(),
                options.optimisation().learningRate(),
                options.optimisation().weightDecay(),
                options.optimisation().warmUpImages(),
                options.objective().unconditionalProbability())
        + " ema-half-life-images=%s precision=%s log-snr=%s network=%s classes=%d"
            .formatted(
                options.optimisation().emaHalfLifeImages(),
                options.precision().label(),
                options.objective().logSnrRange(),
                options.network().identity(),
                options.subject().classNames().size())
        // What later releases added is left out where it is as it was before.
        + (options.objective().prediction() == PredictionTarget.NOISE
            ? ""
            : " prediction=" + options.objective().prediction().label())
        + (options.optimisation().beta2() == AdamW.BETA2
            ? ""
            : " beta2=" + options.optimisation().beta2())
        + (options.optimisation().maxGradientNorm() == AdamW.MAX_GRADIENT_NORM
            ? ""
            : " max-gradient-norm=" + options.optimisation().maxGradientNorm());
  }

  private static Weights part(Weights all, String prefix) {
    Map<String, Weights.Tensor> found = new LinkedHashMap<>();
    all.tensors()
        .forEach(
            (name, tensor) -> {
              if (name.startsWith(prefix)) {
                found.put(name.substring(prefix.length()), tensor);
              }
            });
    return new Weights(found);
  }
}
