package dev.anagama.diffusion.checkpoint;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.anagama.diffusion.network.UNetConfig;

/** Where the network of a checkpoint comes from. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
  @JsonSubTypes.Type(value = NetworkSource.UNet.class, name = "unet"),
  @JsonSubTypes.Type(value = NetworkSource.TorchScript.class, name = "torchscript")
})
public sealed interface NetworkSource {
  /** Name of the one file, besides the manifest, that the source needs. */
  String file();

  /**
   * The U-Net of this project with weights in {@value #FILE}.
   *
   * @param config its shape
   */
  record UNet(UNetConfig config) implements NetworkSource {
    /** Name of the weight file. */
    public static final String FILE = "weights.safetensors";

    @Override
    public String file() {
      return FILE;
    }
  }

  /** A TorchScript module in {@value #FILE}, made elsewhere; it runs in its own precision. */
  record TorchScript() implements NetworkSource {
    /** Name of the archive. */
    public static final String FILE = "denoiser.pt";

    @Override
    public String file() {
      return FILE;
    }
  }
}
