package dev.anagama.deploy.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.anagama.deploy.demo.DemoPlan.Cell;
import dev.anagama.v1.JobSpec;
import dev.anagama.v1.Model;
import dev.anagama.v1.ModelCard;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

final class DemoPlanTest {
  private static final Model MODEL =
      Model.newBuilder()
          .setName("m")
          .setCard(ModelCard.newBuilder().addAllClassNames(List.of("T-shirt/top", "Bag")))
          .build();

  private static DemoPlan plan(OptionalInt steps) {
    return DemoPlan.of(MODEL, new DemoOptions(Path.of("o"), Path.of("c"), 4, steps, 10));
  }

  @Test
  void of_oneJobForEachClassAndScale() {
    DemoPlan plan = plan(OptionalInt.empty());
    assertThat(plan.cells())
        .extracting(Cell::jobId)
        .containsExactly("demo-0-1", "demo-0-2", "demo-0-4", "demo-1-1", "demo-1-2", "demo-1-4");
    assertThat(plan.cells())
        .extracting(Cell::folder)
        .containsExactly(
            "0-t-shirt-top/1",
            "0-t-shirt-top/2",
            "0-t-shirt-top/4",
            "1-bag/1",
            "1-bag/2",
            "1-bag/4");
  }

  @Test
  void of_oneSeedForEachClass() {
    DemoPlan plan = plan(OptionalInt.empty());
    assertThat(plan.seeds()).containsExactly(10L, 11L);
    assertThat(plan.cells().get(5).request().getSpec().getSeed()).isEqualTo(11);
  }

  @Test
  void of_leavesTheStepsToTheModel() {
    JobSpec spec = plan(OptionalInt.empty()).cells().get(0).request().getSpec();
    assertThat(spec.hasNumInferenceSteps()).isFalse();
    assertThat(spec.getNumImages()).isEqualTo(4);
    assertThat(plan(OptionalInt.of(3)).cells().get(0).request().getSpec().getNumInferenceSteps())
        .isEqualTo(3);
  }

  @Test
  void scaleText_dropsWhatSaysNothing() {
    assertThat(DemoPlan.scaleText(2)).isEqualTo("2");
    assertThat(DemoPlan.scaleText(2.5)).isEqualTo("2.5");
  }
}
