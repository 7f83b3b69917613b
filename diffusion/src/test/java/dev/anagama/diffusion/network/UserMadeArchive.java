package dev.anagama.diffusion.network;

import dev.anagama.diffusion.network.ModuleNode.Attribute;
import dev.anagama.diffusion.network.ModuleNode.ModuleKind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** A {@code denoiser.pt} as somebody else might bring it: not a U-Net, with weights of its own. */
public final class UserMadeArchive {
  private static final String FORWARD =
      """
        def forward(self: __torch__.Mine,
          z: Tensor,
          log_snr: Tensor,
          condition: Tensor) -> Tensor:
          level = torch.reshape(torch.sigmoid(log_snr), [-1, 1, 1, 1])
          gain = torch.reshape(torch.embedding(self.gains, condition, -1, False, False), [-1, 1, 1, 1])
          return torch.mul(torch.mul(z, level), gain)
      """;

  private UserMadeArchive() {}

  /** Its answer is {@code z * sigmoid(log_snr) * gains[condition]}. */
  public static void write(Path file, float... gains) throws IOException {
    ModuleNode root =
        new ModuleNode(
            new ModuleKind("Mine", FORWARD),
            Map.of("gains", new Attribute.Buffer(new long[] {gains.length, 1}, gains)));
    TorchScriptArchive.write(
        file, root, new Weights(Map.of()), Precision.FLOAT32, Precision.FLOAT32);
  }
}
