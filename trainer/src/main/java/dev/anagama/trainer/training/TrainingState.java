package dev.anagama.trainer.training;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;
import static java.util.Objects.requireNonNull;

import ai.djl.ndarray.NDArray;
import dev.anagama.diffusion.checkpoint.CheckpointException;
import dev.anagama.diffusion.checkpoint.Safetensors;
import dev.anagama.diffusion.checkpoint.SafetensorsFile;
import dev.anagama.diffusion.network.AdamW;
import dev.anagama.diffusion.network.AdamW.Slot;
import dev.anagama.diffusion.network.Weights;
import dev.anagama.diffusion.schedule.PredictionTarget;
import dev.anagama.trainer.data.DataException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * All that a run needs to go on where it stopped, in one file that is replaced as a whole. It is
 * not a checkpoint: nobody serves it.
 *
 * <p>It holds four values for each parameter, and large networks have more of them than Java's heap
 * or an array has room for. So tensors go between the file and the network one at a time.
 */
final class TrainingState {
  private static final String FILE = "training-state.safetensors";
  private static final String OPTIONS = "options";

  private static final Part PARAMETERS = new Part("parameter/", Slot::parameter);
  private static final List<Part> BESIDE_PARAMETERS =
      List.of(
          new Part("first/", Slot::firstMoment),
          new Part("second/", Slot::secondMoment),
          new Part("average/", Slot::average));

  private final Path file;
  private final Progress progress;

  private TrainingState(Path file, Progress progress) {
    this.file = file;
    this.progress = progress;
  }

  /**
   * How far a run has come.
   *
   * @param imagesSeen images so far
   * @param seconds time spent in training so far
   * @param losses mean losses so far
   */
  record Progress(long imagesSeen, double seconds, LossHistory losses) {}

  /**
   * One of the values kept of each parameter.
   *
   * @param prefix of the tensors' names in the file
   * @param array of the optimiser that holds them
   */
  private record Part(String prefix, Function<Slot, NDArray> array) {
    String name(String parameter) {
      return prefix + parameter;
    }
  }

  /**
   * Finds the state of an earlier run.
   *
   * @return empty if the folder has none
   * @throws DataException if the earlier run had other options or the file is damaged
   */
  static Optional<TrainingState> find(Path folder, TrainingOptions options) {
    Path file = folder.resolve(FILE);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try (SafetensorsFile state = SafetensorsFile.open(file)) {
      Map<String, String> metadata = state.metadata();
      String expected = identity(options);
      String found = metadata.getOrDefault(OPTIONS, "");
      if (!found.equals(expected)) {
        throw new DataException(
            "%s was written by a run with %s; this run has %s. Choose another --out, or the same"
                    .formatted(file, found, expected)
                + " options to go on");
      }
      return Optional.of(
          new TrainingState(
              file,
              new Progress(
                  Long.parseLong(metadata.getOrDefault("images_seen", "")),
                  Double.parseDouble(metadata.getOrDefault("seconds", "")),
                  LossHistory.decode(metadata.getOrDefault("losses", "")))));
    } catch (CheckpointException e) {
      throw unusable(e);
    } catch (NumberFormatException e) {
      throw new DataException("cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  /** How far the earlier run had come. */
  Progress progress() {
    return progress;
  }

  /**
   * Reads the trained weights, to build the network of them.
   *
   * @throws DataException if the file can not be read any more
   */
  Weights parameters() {
    try (SafetensorsFile state = SafetensorsFile.open(file)) {
      Map<String, Weights.Tensor> found = new LinkedHashMap<>();
      String prefix = PARAMETERS.prefix();
      for (String name : state.shapes().keySet()) {
        if (name.startsWith(prefix)) {
          found.put(name.substring(prefix.length()), state.tensor(name));
        }
      }
      return new Weights(found);
    } catch (CheckpointException e) {
      throw unusable(e);
    }
  }

  /**
   * Gives the optimiser of a network of these {@link #parameters} its moments and averages back.
   *
   * @throws DataException if the file can not be read any more or lacks some
   * @throws IllegalArgumentException if a tensor is of another shape than its parameter
   */
  void restore(AdamW optimizer) {
    try (SafetensorsFile state = SafetensorsFile.open(file)) {
      for (Part part : BESIDE_PARAMETERS) {
        optimizer.restore(part.array(), parameter -> state.tensor(part.name(parameter)));
      }
    } catch (CheckpointException e) {
      throw unusable(e);
    }
  }

  /**
   * Replaces the folder's state.
   *
   * @throws IOException if there is no room or the folder can not be written to; what it holds stays
   */
  static void write(Path folder, TrainingOptions options, Progress progress, AdamW optimizer)
      throws IOException {
    Map<String, NDArray> arrays = new LinkedHashMap<>();
    Stream.concat(Stream.of(PARAMETERS), BESIDE_PARAMETERS.stream())
        .forEach(
            part ->
                optimizer
                    .slots()
                    .forEach(slot -> arrays.put(part.name(slot.name()), part.array().apply(slot))));
    Map<String, long[]> shapes = new LinkedHashMap<>();
    arrays.forEach((name, array) -> shapes.put(name, array.getShape().getShape()));
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put(OPTIONS, identity(options));
    metadata.put("images_seen", Long.toString(progress.imagesSeen()));
    metadata.put("seconds", Double.toString(progress.seconds()));
    metadata.put("losses", progress.losses().encode());
    replace(
        folder,
        Safetensors.fileBytes(shapes, metadata),
        out ->
            Safetensors.write(
                out, shapes, metadata, name -> AdamW.values(requireNonNull(arrays.get(name)))));
  }

  /** Writes the content of a state. */
  private interface Content {
    void writeTo(OutputStream out) throws IOException;
  }

  /** Writes beside the state and then puts that in its place; a reader sees the old or the new. */
  private static void replace(Path folder, long bytes, Content content) throws IOException {
    Path temporary = folder.resolve(FILE + ".new");
    try {
      try (FileChannel file = FileChannel.open(temporary, CREATE, TRUNCATE_EXISTING, WRITE)) {
        content.writeTo(Channels.newOutputStream(file));
        // Before the name moves, or a machine that loses power may be left with an empty file.
        file.force(true);
      }
      Files.move(temporary, folder.resolve(FILE), ATOMIC_MOVE, REPLACE_EXISTING);
    } catch (IOException e) {
      Files.deleteIfExists(temporary);
      throw new IOException(
          "cannot save the training state in %s, which needs %,d bytes beside the earlier state (%,d"
                  .formatted(folder, bytes, folder.toFile().getUsableSpace())
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

  /** The message names the file already. */
  private static DataException unusable(CheckpointException e) {
    return new DataException(String.valueOf(e.getMessage()), e);
  }
}
