package dev.anagama.diffusion.checkpoint;

import ai.djl.Device;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.anagama.diffusion.network.LaneLayout;
import dev.anagama.diffusion.network.Precision;
import dev.anagama.diffusion.network.TorchDenoiser;
import dev.anagama.diffusion.network.UNet;
import dev.anagama.diffusion.network.UNetArchitecture;
import dev.anagama.diffusion.network.Weights;
import dev.anagama.diffusion.schedule.PredictionTarget;
import dev.anagama.diffusion.schedule.ScheduleKind;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestInputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A checkpoint folder that was read and found whole. */
public final class Checkpoint {
  /** Name of the file that describes the others. */
  public static final String MANIFEST = "manifest.json";

  /** Largest file of a checkpoint that is read, in bytes. */
  public static final long MAX_FILE_BYTES = 2_000_000_000L;

  // Fields that are left out where they say what releases before them took for granted.
  private static final String ARCHITECTURE = "architecture";
  private static final String SCHEDULE = "schedule";

  private static final JsonMapper JSON = StrictJson.MAPPER;

  private final Path folder;
  private final CheckpointManifest manifest;

  private Checkpoint(Path folder, CheckpointManifest manifest) {
    this.folder = folder;
    this.manifest = manifest;
  }

  /**
   * Reads and verifies a folder: the manifest's version and fields, each file's SHA-256, and the
   * weights' names and shapes against the network.
   *
   * @throws CheckpointException naming what was wrong, what was found and what is allowed
   */
  public static Checkpoint read(Path folder) {
    CheckpointManifest manifest = parse(folder.resolve(MANIFEST));
    String file = manifest.network().file();
    if (!manifest.files().containsKey(file)) {
      throw new CheckpointException(
          "%s names files %s; a network of this kind needs %s"
              .formatted(folder.resolve(MANIFEST), manifest.files().keySet(), file));
    }
    Checkpoint checkpoint = new Checkpoint(folder, manifest);
    for (String name : manifest.files().keySet()) {
      checkpoint.verify(name);
    }
    if (manifest.network() instanceof NetworkSource.UNet unet) {
      requireShapes(folder.resolve(file), unet);
    }
    return checkpoint;
  }

  /**
   * Writes a U-Net's checkpoint, in place of what the folder may hold; {@code manifest.files()} is
   * filled in here. The manifest of an earlier one goes first and the new one comes last, so a
   * folder with a manifest is whole at any time.
   *
   * @throws IllegalArgumentException if the weights take more than {@link #MAX_FILE_BYTES}
   */
  public static Checkpoint write(Path folder, CheckpointManifest manifest, Weights weights)
      throws IOException {
    Map<String, long[]> shapes = weights.shapes();
    requireFits(shapes);
    Files.createDirectories(folder);
    Files.deleteIfExists(folder.resolve(MANIFEST));
    MessageDigest digest = sha256();
    Path file = folder.resolve(NetworkSource.UNet.FILE);
    try (OutputStream out = new DigestOutputStream(Files.newOutputStream(file), digest)) {
      Safetensors.write(out, shapes, Map.of(), name -> weights.tensor(name).values());
    }
    writeManifest(folder, manifest.withFile(NetworkSource.UNet.FILE, hex(digest)));
    return read(folder);
  }

  /**
   * Checks that weights of such shapes make a checkpoint.
   *
   * @throws IllegalArgumentException if they take more than {@link #MAX_FILE_BYTES}
   */
  public static void requireFits(Map<String, long[]> shapes) {
    long bytes = Safetensors.fileBytes(shapes, Map.of());
    if (bytes > MAX_FILE_BYTES) {
      throw new IllegalArgumentException(
          "the weights of the checkpoint take %,d bytes; allowed: at most %,d"
              .formatted(bytes, MAX_FILE_BYTES));
    }
  }

  /** The same folder with other metrics in its manifest. */
  public Checkpoint withMetrics(Map<String, Double> measured) throws IOException {
    CheckpointManifest changed = manifest.withMetrics(measured);
    writeManifest(folder, changed);
    return new Checkpoint(folder, changed);
  }

  /** Where the files are. */
  public Path folder() {
    return folder;
  }

  /** What the manifest says. */
  public CheckpointManifest manifest() {
    return manifest;
  }

  /** SHA-256 of the weights, lower-case hexadecimal. */
  public String weightsSha256() {
    return Objects.requireNonNull(manifest.files().get(manifest.network().file()));
  }

  /**
   * The weights of a checkpoint of this project's U-Net.
   *
   * @throws CheckpointException if the file has changed since it was verified
   */
  public Weights weights() {
    String name = manifest.network().file();
    Path path = requireFile(folder.resolve(name));
    MessageDigest digest = sha256();
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      Weights weights = file.weights(digest);
      requireDigest(name, hex(digest));
      return weights;
    }
  }

  /**
   * Loads the network onto a device; its passes run on the caller's thread. The caller closes it.
   *
   * @param precision arithmetic; a TorchScript file of its own runs in the precision it was made
   *     with
   * @throws CheckpointException if the file has changed since it was verified, PyTorch does not
   *     accept it, or a weight is beyond the precision's range
   */
  public TorchDenoiser open(Device device, Precision precision) {
    return load(device, precision, null);
  }

  /**
   * Loads the network onto a device; the caller closes it.
   *
   * @param precision arithmetic; a TorchScript file of its own runs in the precision it was made
   *     with
   * @param layout of its passes over processor threads; a GPU has none
   * @throws CheckpointException if the file has changed since it was verified, PyTorch does not
   *     accept it, or a weight is beyond the precision's range
   */
  public TorchDenoiser open(Device device, Precision precision, LaneLayout layout) {
    return load(device, precision, layout);
  }

  private TorchDenoiser load(Device device, Precision precision, @Nullable LaneLayout layout) {
    NetworkSource network = manifest.network();
    PredictionTarget target = PredictionTarget.ofLabel(manifest.prediction());
    try {
      if (network instanceof NetworkSource.UNet unet) {
        return TorchDenoiser.ofUNet(unet.config(), weights(), target, device, precision, layout);
      }
      return TorchDenoiser.ofFile(folder.resolve(network.file()), target, device, layout);
    } catch (IllegalArgumentException e) {
      throw new CheckpointException(String.valueOf(e.getMessage()), e);
    }
  }

  private static CheckpointManifest parse(Path file) {
    try {
      JsonNode tree = JSON.readTree(Files.readAllBytes(requireFile(file)));
      JsonNode version = tree.path("format_version");
      if (!version.isInt() || version.intValue() != CheckpointManifest.FORMAT_VERSION) {
        throw new CheckpointException(
            "%s: format_version is %s; this release reads %d"
                .formatted(
                    file,
                    version.isMissingNode() ? "missing" : version,
                    CheckpointManifest.FORMAT_VERSION));
      }
      fillIn(tree);
      return JSON.treeToValue(tree, CheckpointManifest.class);
    } catch (JsonProcessingException e) {
      throw new CheckpointException(file + ": " + StrictJson.reason(e), e);
    } catch (IOException e) {
      throw new CheckpointException("cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  private static void fillIn(JsonNode tree) {
    if (tree.path("network").path("config") instanceof ObjectNode config
        && !config.has(ARCHITECTURE)) {
      config.set(ARCHITECTURE, JSON.valueToTree(UNetArchitecture.PLAIN));
    }
    if (tree.path("defaults") instanceof ObjectNode defaults && !defaults.has(SCHEDULE)) {
      defaults.put(SCHEDULE, ScheduleKind.COSINE.label());
    }
  }

  /** Releases that know no other forms can then read it. */
  private static void leaveOut(JsonNode tree, CheckpointManifest manifest) {
    if (manifest.network() instanceof NetworkSource.UNet unet
        && unet.config().architecture().equals(UNetArchitecture.PLAIN)
        && tree.path("network").path("config") instanceof ObjectNode config) {
      config.remove(ARCHITECTURE);
    }
    if (manifest.defaults().schedule() == ScheduleKind.COSINE
        && tree.path("defaults") instanceof ObjectNode defaults) {
      defaults.remove(SCHEDULE);
    }
  }

  private static void writeManifest(Path folder, CheckpointManifest manifest) throws IOException {
    Path temporary = folder.resolve(MANIFEST + ".new");
    JsonNode tree = JSON.valueToTree(manifest);
    leaveOut(tree, manifest);
    Files.writeString(temporary, JSON.writeValueAsString(tree) + "\n");
    Files.move(
        temporary,
        folder.resolve(MANIFEST),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
  }

  /** Checks that a file has the SHA-256 that the manifest says. */
  private void verify(String name) {
    Path file = requireFile(folder.resolve(name));
    MessageDigest digest = sha256();
    try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
      in.transferTo(OutputStream.nullOutputStream());
    } catch (IOException e) {
      throw unreadable(file, e);
    }
    requireDigest(name, hex(digest));
  }

  private void requireDigest(String name, String found) {
    String expected = manifest.files().get(name);
    if (!found.equals(expected)) {
      Path file = folder.resolve(name);
      throw new CheckpointException(
          "%s (%d bytes) has SHA-256 %s; the manifest says %s"
              .formatted(file, bytes(file), found, expected));
    }
  }

  /** A file that is there and not too large. */
  private static Path requireFile(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new CheckpointException("there is no file " + file);
    }
    if (bytes(file) > MAX_FILE_BYTES) {
      throw new CheckpointException(
          "%s has %d bytes; allowed: at most %d".formatted(file, bytes(file), MAX_FILE_BYTES));
    }
    return file;
  }

  private static long bytes(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  private static CheckpointException unreadable(Path file, IOException e) {
    return new CheckpointException("cannot read " + file + ": " + e.getMessage(), e);
  }

  private static void requireShapes(Path path, NetworkSource.UNet unet) {
    Map<String, long[]> shapes = UNet.shapes(unet.config());
    Map<String, long[]> found;
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      found = file.shapes();
    }
    if (!shapes.keySet().equals(found.keySet())) {
      throw new CheckpointException(
          "%s lacks tensors %s and has %s, which the network does not have"
              .formatted(
                  path,
                  without(shapes.keySet(), found.keySet()),
                  without(found.keySet(), shapes.keySet())));
    }
    found.forEach(
        (name, shape) -> {
          long[] needed = Objects.requireNonNull(shapes.get(name));
          if (!Arrays.equals(needed, shape)) {
            throw new CheckpointException(
                "%s holds %s with shape %s; the network needs %s"
                    .formatted(path, name, Arrays.toString(shape), Arrays.toString(needed)));
          }
        });
  }

  private static Set<String> without(Set<String> names, Set<String> taken) {
    Set<String> left = new LinkedHashSet<>(names);
    left.removeAll(taken);
    return left;
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  private static String hex(MessageDigest digest) {
    return HexFormat.of().formatHex(digest.digest());
  }
}
