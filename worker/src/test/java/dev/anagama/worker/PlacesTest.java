package dev.anagama.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import ai.djl.Device;
import dev.anagama.diffusion.network.Precision;
import dev.anagama.worker.WorkerOptions.PrecisionChoice;
import dev.anagama.worker.fleet.DeviceEngine.Place;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlacesTest {
  @ParameterizedTest
  @CsvSource({
    "auto, 0, cpu",
    "auto, 2, gpu0 gpu1",
    "cpu, 2, cpu",
    "'cpu,cpu', 0, cpu cpu",
    "gpu, 3, gpu0 gpu1 gpu2",
    "'gpu2,gpu0,cpu', 3, gpu2 gpu0 cpu"
  })
  void names_becomeDevices(String names, int gpus, String places) {
    assertThat(of(names, gpus, 4)).extracting(Place::name).containsExactly(places.split(" "));
  }

  @ParameterizedTest
  @CsvSource({
    "gpu, 0, 'auto or cpu, no GPU can be used here'",
    "gpu0, 0, 'auto or cpu, no GPU can be used here'",
    "gpu2, 2, 'auto, cpu, gpu, gpu0 to gpu1'",
    "'auto,cpu', 0, auto alone",
    "'gpu,gpu1', 2, each GPU once"
  })
  void namesThatCanNotBeUsed_areRefused(String names, int gpus, String allowed) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> of(names, gpus, 4))
        .withMessage("anagama.worker.devices is '%s'; allowed: %s", names, allowed);
  }

  @Test
  void enginesOnTheProcessor_shareItsThreads() {
    assertThat(of("cpu", 0, 4)).extracting(Place::threads).containsExactly(4);
    assertThat(of("cpu,cpu", 0, 4)).extracting(Place::threads).containsExactly(2, 2);
    assertThat(of("cpu,cpu,cpu", 0, 2)).extracting(Place::threads).containsExactly(1, 1, 1);
  }

  @Test
  void largestRowLimit_growsWithTheThreads() {
    assertThat(of("cpu", 0, 2).get(0).maxRows()).isEqualTo(128);
    assertThat(of("cpu", 0, 64).get(0).maxRows()).isEqualTo(256);
    assertThat(of("cpu", 0, 1024).get(0).maxRows()).isEqualTo(512);
    assertThat(of("gpu0", 1, 2).get(0).maxRows()).isEqualTo(512);
  }

  @Test
  void precision_isTheOneAskedFor() {
    List<DeviceName> names = List.of(DeviceName.CPU);
    assertThat(Places.of(names, PrecisionChoice.FLOAT32, 1, 0).get(0).precision())
        .isEqualTo(Precision.FLOAT32);
    assertThat(Places.of(names, PrecisionChoice.FLOAT16, 1, 0).get(0).precision())
        .isEqualTo(Precision.FLOAT16);
    assertThat(Places.of(names, PrecisionChoice.AUTO, 1, 0).get(0).precision())
        .isEqualTo(Precision.bestOn(Device.cpu()));
  }

  private static List<Place> of(String names, int gpus, int threads) {
    List<DeviceName> list = Arrays.stream(names.split(",")).map(DeviceName::of).toList();
    return Places.of(list, PrecisionChoice.BFLOAT16, threads, gpus);
  }
}
