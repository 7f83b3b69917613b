package dev.anagama.diffusion.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import dev.anagama.diffusion.network.ModuleNode.Attribute;
import dev.anagama.diffusion.network.ModuleNode.Attribute.Child;
import dev.anagama.diffusion.network.ModuleNode.Attribute.Parameter;
import dev.anagama.diffusion.network.ModuleNode.Initialization;
import dev.anagama.diffusion.network.ModuleNode.ModuleKind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TorchScriptArchiveTest {
  private static final ModuleNode CONV = UNetModules.conv3(2, 3, 1);

  @TempDir private Path folder;

  private Path written(ModuleNode root, Weights weights, Precision storage, Precision compute)
      throws IOException {
    Path file = folder.resolve("archive.pt");
    TorchScriptArchive.write(file, root, weights, storage, compute);
    return file;
  }

  private static byte[] entry(Path file, String name) throws IOException {
    try (ZipFile zip = new ZipFile(file.toFile())) {
      return zip.getInputStream(zip.getEntry("network/" + name)).readAllBytes();
    }
  }

  private static String text(Path file, String name) throws IOException {
    return new String(entry(file, name), StandardCharsets.ISO_8859_1);
  }

  @Test
  void write_anyTree_isAStoredZipOfTheKnownEntries() throws IOException {
    Path file = written(CONV, RandomWeights.of(CONV, 1), Precision.FLOAT32, Precision.FLOAT32);

    try (ZipFile zip = new ZipFile(file.toFile())) {
      assertThat(zip.stream().map(ZipEntry::getName))
          .containsExactly(
              "network/data.pkl",
              "network/code/__torch__.py",
              "network/constants.pkl",
              "network/version",
              "network/byteorder",
              "network/data/0",
              "network/data/1");
      assertThat(zip.stream().map(ZipEntry::getMethod)).containsOnly(ZipEntry.STORED);
    }
    assertThat(text(file, "version")).isEqualTo("3\n");
    assertThat(text(file, "byteorder")).isEqualTo("little");
    assertThat(text(file, "code/__torch__.py"))
        .isEqualTo(
            """
            class Conv3Stride1(Module):
              __parameters__ = ["weight", "bias", ]
              __buffers__ = []
              weight : Tensor
              bias : Tensor
              training : bool
              def forward(self: __torch__.Conv3Stride1,
                x: Tensor) -> Tensor:
                return torch.conv2d(x, self.weight, self.bias, [1, 1], [1, 1], [1, 1], 1)
            """);
  }

  @Test
  void write_fourDimensionalWeights_areLaidOutChannelsLast() throws IOException {
    Weights weights = RandomWeights.of(CONV, 1);
    Path file = written(CONV, weights, Precision.FLOAT32, Precision.FLOAT32);

    float[] values = weights.tensor("weight").values();
    ByteBuffer stored = ByteBuffer.wrap(entry(file, "data/0")).order(ByteOrder.LITTLE_ENDIAN);
    for (int out = 0; out < 3; out++) {
      for (int y = 0; y < 3; y++) {
        for (int x = 0; x < 3; x++) {
          for (int in = 0; in < 2; in++) {
            assertThat(stored.getFloat())
                .as("out %d, in %d, y %d, x %d", out, in, y, x)
                .isEqualTo(values[((out * 2 + in) * 3 + y) * 3 + x]);
          }
        }
      }
    }
    assertThat(stored.hasRemaining()).isFalse();
  }

  @Test
  void load_itsStrides_areThoseOfChannelsLast() {
    String forward =
        """
          def forward(self: __torch__.Strides,
            x: Tensor) -> Tensor:
            strides = torch.stride(self.weight)
            return torch.tensor(strides, dtype=None, device=None, requires_grad=False)
        """;
    // Height and width differ, so that no two of the strides can be mistaken for each other.
    ModuleNode node =
        new ModuleNode(
            new ModuleKind("Strides", forward),
            Map.of("weight", new Parameter(new long[] {5, 4, 3, 2}, Initialization.ONE)));
    try (NDManager manager = NDManager.newBaseManager()) {
      assertThat(Networks.run(node, RandomWeights.of(node, 1), manager.create(0f)).toLongArray())
          .containsExactly(24, 1, 8, 4);
    }
  }

  @Test
  void load_theSameWeights_haveTheirValuesInAnyLayout() {
    String forward =
        """
          def forward(self: __torch__.Same,
            x: Tensor) -> Tensor:
            return torch.contiguous(self.weight)
        """;
    ModuleNode node =
        new ModuleNode(
            new ModuleKind("Same", forward),
            Map.of("weight", new Parameter(new long[] {5, 4, 3, 2}, Initialization.ONE)));
    Weights weights = RandomWeights.of(node, 1);
    try (NDManager manager = NDManager.newBaseManager()) {
      assertThat(Networks.run(node, weights, manager.create(0f)).toFloatArray())
          .isEqualTo(weights.tensor("weight").values());
    }
  }

  @Test
  void write_bfloat16_keepsParametersInItAndBuffersInFloat32() throws IOException {
    ModuleNode node = UNetModules.embedding(4, 2);
    Path file = written(node, RandomWeights.of(node, 1), Precision.BFLOAT16, Precision.BFLOAT16);

    assertThat(text(file, "data.pkl"))
        .contains("frequencies")
        .containsOnlyOnce("ctorch\nFloatStorage\n")
        .contains("ctorch\nBFloat16Storage\n");
    // Declaration order: conditions, then the frequencies, then the linear maps.
    assertThat(entry(file, "data/0")).hasSize(2 * 3 * 4);
    assertThat(entry(file, "data/1")).hasSize(4 * UNetModules.FREQUENCIES);
    assertThat(text(file, "code/__torch__.py"))
        .contains("torch.embedding(self.conditions, condition,")
        .contains("torch.cos(phase)], 1), 15)");
  }

  @Test
  void write_float32ForBfloat16Arithmetic_castsParametersWhereTheyAreUsed() throws IOException {
    ModuleNode node = UNetModules.embedding(4, 2);
    Path file = written(node, RandomWeights.of(node, 1), Precision.FLOAT32, Precision.BFLOAT16);

    assertThat(text(file, "data.pkl")).doesNotContain("BFloat16Storage");
    assertThat(text(file, "code/__torch__.py"))
        .contains("torch.embedding(torch.to(self.conditions, 15), condition,")
        .contains("torch.linear(x, torch.to(self.weight, 15), torch.to(self.bias, 15))")
        .contains("torch.cos(phase)], 1), 15)")
        .doesNotContain("cast(", "COMPUTE");
  }

  @Test
  void write_aClassOfManyModules_isDeclaredOnceAndAfterItsParts() throws IOException {
    Path file =
        written(
            UNetProgram.root(Networks.LARGE),
            RandomWeights.of(Networks.LARGE, 1),
            Precision.FLOAT32,
            Precision.FLOAT32);
    String code = text(file, "code/__torch__.py");

    assertThat(code)
        .containsOnlyOnce("class ResidualBlock(Module)")
        .containsOnlyOnce("class WideningBlock(Module)")
        .containsOnlyOnce("class Conv3Stride1(Module)")
        .containsOnlyOnce("class Conv3Stride2(Module)");
    assertThat(code.indexOf("class GroupNorm(")).isLessThan(code.indexOf("class ResidualBlock("));
    assertThat(code.indexOf("class ResidualBlock(")).isLessThan(code.indexOf("class UNet("));
  }

  @Test
  void write_twoClassesOfOneName_isRefused() {
    Map<String, Attribute> attributes = new LinkedHashMap<>();
    attributes.put("coarse", new Child(UNetModules.groupNorm(8, 1)));
    attributes.put("fine", new Child(UNetModules.groupNorm(8, 2)));
    ModuleNode root = new ModuleNode(new ModuleKind("Both", ""), attributes);

    assertThatThrownBy(
            () -> written(root, RandomWeights.of(root, 1), Precision.FLOAT32, Precision.FLOAT32))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("two classes of the program are named GroupNorm");
  }

  @Test
  void write_withoutAWeight_isRefusedByName() {
    Map<String, Weights.Tensor> lacking =
        new LinkedHashMap<>(RandomWeights.of(Networks.SMALL, 1).tensors());
    lacking.remove("middle_0.conv_in.bias");

    assertThatThrownBy(
            () ->
                TorchDenoiser.ofUNet(
                    Networks.SMALL, new Weights(lacking), Device.cpu(), Precision.FLOAT32))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "weights hold nothing for 'middle_0.conv_in.bias'; the network needs shape [8]");
  }

  @Test
  void write_aWeightBeyondFloat16_isRefusedByName() {
    Map<String, Weights.Tensor> large =
        new LinkedHashMap<>(RandomWeights.of(Networks.SMALL, 1).tensors());
    large.put("stem.bias", new Weights.Tensor(new long[] {4}, new float[] {0, -70000, 0, 0}));

    assertThatThrownBy(
            () ->
                TorchDenoiser.ofUNet(
                    Networks.SMALL, new Weights(large), Device.cpu(), Precision.FLOAT16))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "'stem.bias' holds -70000.0, which float16 does not reach; use bfloat16 or float32");
  }

  @Test
  void write_aWeightOfAnotherShape_isRefusedByName() {
    Weights other = RandomWeights.of(Networks.LARGE, 1);

    assertThatThrownBy(
            () -> TorchDenoiser.ofUNet(Networks.SMALL, other, Device.cpu(), Precision.FLOAT32))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "weights hold [6, 12] for 'embedding.conditions'; the network needs shape [3, 8]");
  }

  @Test
  void load_trained_namesItsParametersByTheirPath() {
    try (LoadedModule module =
            LoadedModule.assembled(
                UNetProgram.root(Networks.SMALL),
                RandomWeights.of(Networks.SMALL, 1),
                Device.cpu(),
                Precision.FLOAT32,
                Precision.FLOAT32,
                true);
        NDManager scope = module.manager().newSubManager()) {
      List<String> names = module.block().getDirectParameters().keys();

      assertThat(names).containsExactlyInAnyOrderElementsOf(UNet.shapes(Networks.SMALL).keySet());
      NDList inputs =
          new NDList(
              scope.ones(new Shape(1, 1, 4, 4)),
              scope.create(new float[] {0}),
              scope.create(new long[] {0}));
      assertThat(
              module
                  .block()
                  .forward(new ParameterStore(scope, false), inputs, true)
                  .singletonOrThrow()
                  .getShape())
          .isEqualTo(new Shape(1, 1, 4, 4));
    }
  }
}
