package dev.anagama.trainer.classifier;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import dev.anagama.diffusion.checkpoint.CheckpointException;
import dev.anagama.diffusion.checkpoint.CheckpointManifest;
import dev.anagama.diffusion.checkpoint.Safetensors;
import dev.anagama.diffusion.guidance.AutogradClassifier;
import dev.anagama.diffusion.guidance.NoisyClassifier;
import dev.anagama.diffusion.network.Precision;
import dev.anagama.diffusion.network.TorchClassifier;
import dev.anagama.diffusion.network.Weights;
import dev.anagama.trainer.data.DataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A trained classifier of noisy images, for classifier guidance. As a file it is safetensors with
 * its description in the header, and its SHA-256 says which it is.
 *
 * <p>It guides, so it must not measure: it would find its own mistakes right. What measures are the
 * evaluation's own networks, which have never seen noise.
 *
 * <p>Not safe for use by several threads at once.
 */
public final class NoiseAwareClassifier implements NoisyClassifier, AutoCloseable {
  /** Name of the file in its folder. */
  public static final String FILE = "classifier.safetensors";

  private final ClassifierDescription description;
  private final String sha256;
  private final TorchClassifier network;
  private final AutogradClassifier gradient;

  private NoiseAwareClassifier(
      ClassifierDescription description, String sha256, TorchClassifier network) {
    this.description = description;
    this.sha256 = sha256;
    this.network = network;
    this.gradient = new AutogradClassifier(network);
  }

  /**
   * Reads the classifier of a folder, to guide a checkpoint.
   *
   * @param guided the checkpoint's manifest
   * @param precision of the arithmetic, forward and back
   * @throws DataException if there is none, or it does not fit the checkpoint
   */
  public static NoiseAwareClassifier open(
      Path folder, CheckpointManifest guided, Device device, Precision precision) {
    Path file = folder.resolve(FILE);
    try {
      byte[] bytes = Files.readAllBytes(file);
      ClassifierDescription description =
          ClassifierDescription.of(file, Safetensors.metadata(FILE, bytes));
      description.requireGuides(file, guided);
      Weights weights = Safetensors.read(FILE, bytes);
      return new NoiseAwareClassifier(
          description,
          sha256(bytes),
          new TorchClassifier(description.network(), weights, device, precision));
    } catch (IOException | CheckpointException | IllegalArgumentException e) {
      throw new DataException("cannot read the classifier " + file + ": " + e.getMessage(), e);
    }
  }

  /** Writes a classifier, all of it or nothing. */
  static void write(Path file, ClassifierDescription description, Weights weights)
      throws IOException {
    Path part = file.resolveSibling(file.getFileName() + ".part");
    Files.write(part, Safetensors.write(weights, description.toMetadata()));
    Files.move(part, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }

  /** {@inheritDoc} One pass forward and one back; parameters collect no gradients. */
  @Override
  public NDArray logProbabilityGradient(NDArray z, NDArray logSnr, NDArray condition) {
    return gradient.logProbabilityGradient(z, logSnr, condition);
  }

  /** How it was built and trained. */
  public ClassifierDescription description() {
    return description;
  }

  /** SHA-256 of its file, lower-case hexadecimal. */
  public String sha256() {
    return sha256;
  }

  @Override
  public void close() {
    network.close();
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
