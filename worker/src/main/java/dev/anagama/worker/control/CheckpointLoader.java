package dev.anagama.worker.control;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.anagama.contract.CheckpointKeys;
import dev.anagama.diffusion.checkpoint.Checkpoint;
import dev.anagama.diffusion.checkpoint.CheckpointException;
import dev.anagama.diffusion.checkpoint.CheckpointManifest;
import dev.anagama.diffusion.checkpoint.ImageShape;
import dev.anagama.diffusion.checkpoint.NetworkSource;
import dev.anagama.diffusion.network.LaneLayout;
import dev.anagama.diffusion.network.TorchDenoiser;
import dev.anagama.v1.CheckpointPublished;
import dev.anagama.worker.control.Calibration.Measured;
import dev.anagama.worker.control.ModelStatus.Placement;
import dev.anagama.worker.engine.ServedModel;
import dev.anagama.worker.fleet.DeviceEngine;
import dev.anagama.worker.fleet.DeviceEngine.Place;
import dev.anagama.worker.fleet.EngineFleet;
import dev.anagama.worker.schedule.ForwardProfile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes networks of a published checkpoint, one on each device, that are known to work and whose
 * forward passes have been measured. Used by one thread.
 */
final class CheckpointLoader {
  private static final Logger log = LoggerFactory.getLogger(CheckpointLoader.class);

  private static final int WARM_UP_PASSES = 2;

  /** Throughput that the preferred layout may lack: it is at its best with shorter steps. */
  private static final double PREFERENCE = 0.1;

  /**
   * Smallest row limit that is chosen by an unsure profile: a limit that is too small costs up to
   * half of the throughput, one that is too large only makes steps longer.
   */
  static final int UNSURE_ROWS = 16;

  private final CheckpointCache cache;
  private final EngineFleet fleet;
  private final OptionalInt rowLimit;
  private final Map<String, Earlier> earlier = new HashMap<>();

  /** A network on a device, not yet with the engine. */
  record Loaded(DeviceEngine on, ServedModel served, Placement placement) {}

  /**
   * A profile, and a few words on where it comes from.
   *
   * @param sure whether it was measured on a machine that did nothing else
   */
  private record Known(ForwardProfile profile, boolean sure, String source) {
    int rowLimit() {
      return sure ? profile.rowLimit() : Math.max(UNSURE_ROWS, profile.rowLimit());
    }
  }

  /** What was measured last of a model's networks, by the name of the place. */
  private record Earlier(String version, NetworkSource network, Map<String, Known> byPlace) {}

  CheckpointLoader(CheckpointCache cache, EngineFleet fleet, OptionalInt rowLimit) {
    this.cache = cache;
    this.fleet = fleet;
    this.rowLimit = rowLimit;
  }

  /**
   * Fetches, verifies, loads, tries and measures a checkpoint.
   *
   * @return one network for each engine; whoever gets them closes them
   * @throws CheckpointException if it is not what was published, or can not be used
   * @throws dev.anagama.platform.objectstore.ObjectStoreException if the store fails
   * @throws IOException if the cache can not be written
   */
  List<Loaded> load(String model, CheckpointPublished published) throws IOException {
    Checkpoint checkpoint = verified(model, published);
    Map<String, Known> byPlace = new HashMap<>();
    List<Loaded> loaded = new ArrayList<>();
    try {
      for (DeviceEngine on : fleet.engines()) {
        loaded.add(load(checkpoint, on, byPlace));
      }
    } catch (RuntimeException | Error e) {
      loaded.forEach(each -> each.served().memory().run());
      throw e;
    }
    CheckpointManifest manifest = checkpoint.manifest();
    earlier.put(model, new Earlier(manifest.version(), manifest.network(), byPlace));
    return loaded;
  }

  /** The model is served no more. */
  void forget(String model) {
    earlier.remove(model);
  }

  private Checkpoint verified(String model, CheckpointPublished published) throws IOException {
    String version = published.getVersion();
    String prefix = CheckpointKeys.prefix(model, version);
    if (!published.getKeyPrefix().equals(prefix)) {
      throw new CheckpointException(
          "key_prefix is '%s'; allowed: '%s'".formatted(published.getKeyPrefix(), prefix));
    }
    Checkpoint checkpoint = cache.get(model, version, published.getManifestSha256());
    CheckpointManifest manifest = checkpoint.manifest();
    if (!manifest.model().equals(model) || !manifest.version().equals(version)) {
      throw new CheckpointException(
          "the manifest is of %s %s; %s %s was published"
              .formatted(manifest.model(), manifest.version(), model, version));
    }
    return checkpoint;
  }

  private Loaded load(Checkpoint checkpoint, DeviceEngine on, Map<String, Known> byPlace) {
    Place place = on.place();
    CheckpointManifest manifest = checkpoint.manifest();
    // A module of somebody else's runs in the precision that it was made with.
    boolean ours = manifest.network() instanceof NetworkSource.UNet;
    String precision = ours ? place.precision().label() : "";
    Known known = byPlace.get(place.name());
    if (known == null) {
      known = known(checkpoint, place);
      byPlace.put(place.name(), known);
    }
    ForwardProfile profile = known.profile();
    TorchDenoiser denoiser = openWarm(checkpoint, place, profile.lanes());
    int rows = rowLimit.orElse(Math.min(known.rowLimit(), place.maxRows()));
    log.info(
        "checkpoint {} {} on {} in {}: row limit {}{}, lanes {}, {} rows/s through one pass ({})",
        manifest.model(),
        manifest.version(),
        place.name(),
        ours ? precision : "its own precision",
        rows,
        rowLimit.isPresent() ? " as configured" : "",
        profile.lanes(),
        Math.round(profile.rowsPerSecond()),
        known.source());
    ServedModel served =
        new ServedModel(
            manifest,
            checkpoint.weightsSha256(),
            denoiser,
            denoiser::close,
            place.device(),
            precision,
            rows);
    Placement placement =
        new Placement(
            place.name(),
            precision,
            rows,
            profile.lanes(),
            profile.rowsPerSecond(),
            known.source());
    return new Loaded(on, served, placement);
  }

  /** What passes cost: as measured before, or now. */
  private Known known(Checkpoint checkpoint, Place place) {
    CheckpointManifest manifest = checkpoint.manifest();
    ProfileFile file =
        new ProfileFile(
            checkpoint.folder(),
            place.name(),
            manifest.network() instanceof NetworkSource.UNet ? place.precision().label() : "own",
            Machine.here(place.device(), place.threads()),
            checkpoint.weightsSha256());
    Optional<Known> before =
        file.read()
            .map(profile -> new Known(profile, true, "measured before"))
            .or(() -> ofEarlierVersion(manifest, place));
    if (before.isPresent()) {
      return before.get();
    }
    boolean busy = fleet.running() > 0;
    Measured measured = measured(checkpoint, place, rowLimit.orElse(place.maxRows()));
    if (!measured.steady() || busy || fleet.running() > 0) {
      // For want of a better one until the next load, but not to be kept.
      return new Known(measured.profile(), false, "measured on a busy machine");
    }
    if (rowLimit.isEmpty()) {
      // Under a limit that was set nobody looked further, and the next limit may be another.
      file.write(measured.profile());
    }
    return new Known(measured.profile(), true, "measured now");
  }

  /** The same network with other weights takes as long; while an engine works, that is better. */
  private Optional<Known> ofEarlierVersion(CheckpointManifest manifest, Place place) {
    Earlier before = earlier.get(manifest.model());
    if (fleet.running() == 0
        || before == null
        || !(manifest.network() instanceof NetworkSource.UNet)
        || !before.network().equals(manifest.network())) {
      return Optional.empty();
    }
    return Optional.ofNullable(before.byPlace().get(place.name()))
        .map(
            known ->
                new Known(
                    known.profile(), known.sure(), "as measured for version " + before.version()));
  }

  /** What passes of up to {@code maxRows} cost in the best layout. */
  static Measured measured(Checkpoint checkpoint, Place place, int maxRows) {
    Measured best = null;
    for (int lanes : layouts(place)) {
      // One copy of the network at a time.
      try (TorchDenoiser denoiser = openWarm(checkpoint, place, lanes)) {
        Calibration.Pass pass = rows -> pass(denoiser, checkpoint.manifest(), place, rows);
        Measured next = new Calibration(pass, System::nanoTime).measure(lanes, maxRows);
        if (best == null || isBetter(next.profile(), best.profile())) {
          best = next;
        }
      }
    }
    return Objects.requireNonNull(best);
  }

  /** Better by more than chance and by what the preference is worth. */
  private static boolean isBetter(ForwardProfile next, ForwardProfile best) {
    return next.rowsPerSecond() * (1 - PREFERENCE) > best.rowsPerSecond();
  }

  /**
   * Lanes to try, the preferred first: a thread that is held up by another process delays its own
   * lane once, but one of PyTorch's own threads delays all of them at every operation.
   */
  private static List<Integer> layouts(Place place) {
    int lanes = Math.min(place.threads(), LaneLayout.MAX_LANES);
    return place.device().isGpu() || lanes == 1 ? List.of(1) : List.of(lanes, 1);
  }

  static TorchDenoiser openWarm(Checkpoint checkpoint, Place place, int lanes) {
    TorchDenoiser denoiser =
        checkpoint.open(
            place.device(), place.precision(), LaneLayout.sharing(lanes, place.threads()));
    try {
      warmUp(denoiser, checkpoint.manifest(), place);
      return denoiser;
    } catch (RuntimeException | Error e) {
      denoiser.close();
      throw e;
    }
  }

  /**
   * Small forward passes: what fails here must not fail in the engine, and TorchScript makes its
   * plans during the first two.
   */
  private static void warmUp(TorchDenoiser denoiser, CheckpointManifest manifest, Place place) {
    Shape shape = shape(manifest, 1);
    for (int i = 0; i < WARM_UP_PASSES; i++) {
      try (NDManager scope = NDManager.newBaseManager(place.device())) {
        requireNumbers(predicted(denoiser, manifest, scope, 1), shape);
      }
    }
  }

  /** A forward pass whose time counts. */
  private static void pass(
      TorchDenoiser denoiser, CheckpointManifest manifest, Place place, int rows) {
    try (NDManager scope = NDManager.newBaseManager(place.device())) {
      // Reading an image waits for the device to be done.
      predicted(denoiser, manifest, scope, rows).get(0).toFloatArray();
    }
  }

  private static NDArray predicted(
      TorchDenoiser denoiser, CheckpointManifest manifest, NDManager scope, int rows) {
    long[] conditions = new long[rows];
    Arrays.fill(conditions, manifest.nullCondition());
    return denoiser.predictNoise(
        scope.zeros(shape(manifest, rows)), scope.zeros(new Shape(rows)), scope.create(conditions));
  }

  private static Shape shape(CheckpointManifest manifest, int rows) {
    ImageShape image = manifest.image();
    return new Shape(rows, image.channels(), image.height(), image.width());
  }

  private static void requireNumbers(NDArray eps, Shape shape) {
    if (!eps.getShape().equals(shape)) {
      throw new CheckpointException(
          "the network answers %s for images of %s".formatted(eps.getShape(), shape));
    }
    for (float value : eps.toFloatArray()) {
      if (!Float.isFinite(value)) {
        throw new CheckpointException("the network answers " + value + "; allowed: numbers");
      }
    }
  }
}
