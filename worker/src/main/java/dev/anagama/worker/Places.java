package dev.anagama.worker;

import ai.djl.Device;
import dev.anagama.diffusion.network.Precision;
import dev.anagama.worker.WorkerOptions.PrecisionChoice;
import dev.anagama.worker.fleet.DeviceEngine.Place;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Finds the devices that the configuration names. */
final class Places {
  private static final String KEY = "anagama.worker.devices";
  private static final int MAX_PLACES = 16;

  private Places() {}

  /**
   * One place for each engine, in the order of the names.
   *
   * @param names what was configured, at least one
   * @param threads processor threads of the networks; engines on the processor share them
   * @param gpus how many can be used here
   * @throws IllegalArgumentException naming the key, the value and what is allowed
   */
  static List<Place> of(List<DeviceName> names, PrecisionChoice precision, int threads, int gpus) {
    List<Device> devices = new ArrayList<>();
    for (DeviceName name : names) {
      devices.addAll(devices(names, name, gpus));
    }
    Set<Device> seen = new HashSet<>();
    boolean twice = devices.stream().anyMatch(device -> device.isGpu() && !seen.add(device));
    require(!twice, names, "each GPU once");
    require(devices.size() <= MAX_PLACES, names, "at most %d devices".formatted(MAX_PLACES));
    int onProcessor = (int) devices.stream().filter(device -> !device.isGpu()).count();
    int share = Math.max(1, threads / Math.max(1, onProcessor));
    return devices.stream().map(device -> place(device, precision, share)).toList();
  }

  private static List<Device> devices(List<DeviceName> names, DeviceName name, int gpus) {
    List<Device> all = new ArrayList<>();
    for (int gpu = 0; gpu < gpus; gpu++) {
      all.add(Device.gpu(gpu));
    }
    if (name.equals(DeviceName.AUTO)) {
      require(names.size() == 1, names, "auto alone");
      return all.isEmpty() ? List.of(Device.cpu()) : all;
    }
    if (name.equals(DeviceName.CPU)) {
      return List.of(Device.cpu());
    }
    require(gpus > 0, names, "auto or cpu, no GPU can be used here");
    if (name.equals(DeviceName.GPU)) {
      return all;
    }
    int gpu = name.gpu().orElseThrow();
    require(gpu < gpus, names, "auto, cpu, gpu, gpu0 to gpu" + (gpus - 1));
    return List.of(Device.gpu(gpu));
  }

  private static Place place(Device device, PrecisionChoice choice, int threads) {
    String name = device.isGpu() ? "gpu" + device.getDeviceId() : "cpu";
    Precision precision =
        switch (choice) {
          case AUTO -> Precision.bestOn(device);
          case FLOAT32 -> Precision.FLOAT32;
          case BFLOAT16 -> Precision.BFLOAT16;
        };
    return new Place(name, device, precision, threads);
  }

  private static void require(boolean holds, List<DeviceName> names, String allowed) {
    if (!holds) {
      throw new IllegalArgumentException(
          "%s is '%s'; allowed: %s"
              .formatted(
                  KEY,
                  names.stream().map(DeviceName::text).collect(Collectors.joining(",")),
                  allowed));
    }
  }
}
