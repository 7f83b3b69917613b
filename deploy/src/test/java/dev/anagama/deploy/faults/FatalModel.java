package dev.anagama.deploy.faults;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.anagama.bench.TinyModel;
import dev.anagama.platform.objectstore.Sha256;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * A checkpoint of somebody else, whose network kills its process for one class: the least of all
 * integers divided by -1 is a fault of the processor, which nothing in the process survives.
 */
final class FatalModel {
  static final String NAME = "fatal";

  /** The class that kills. */
  static final int FATAL_LABEL = 1;

  private static final String FILE = "denoiser.pt";

  private static final String CODE =
      """
      class Mine(Module):
        __parameters__ = []
        __buffers__ = []
        training : bool
        def forward(self: __torch__.Mine,
          z: Tensor,
          log_snr: Tensor,
          condition: Tensor) -> Tensor:
          least = torch.full([1], -9223372036854775808, dtype=4)
          if bool(torch.any(torch.eq(condition, %d))):
            rest = torch.fmod(least, -1)
          else:
            rest = torch.fmod(least, 2)
          return torch.add(torch.mul(z, 0.5), torch.to(rest, 6))
      """
          .formatted(FATAL_LABEL);

  private FatalModel() {}

  /** Writes it into a folder, which is made. */
  static Path write(Path folder) throws IOException {
    TinyModel.write(folder);
    Path manifest = folder.resolve("manifest.json");
    JsonMapper json = JsonMapper.builder().build();
    ObjectNode fields = (ObjectNode) json.readTree(manifest.toFile());
    fields.put("model", NAME);
    fields.putObject("network").put("kind", "torchscript");
    byte[] archive = archive();
    fields.putObject("files").put(FILE, Sha256.hex(archive));
    Files.write(folder.resolve(FILE), archive);
    Files.delete(folder.resolve("weights.safetensors"));
    json.writeValue(manifest.toFile(), fields);
    return folder;
  }

  /** As {@code torch.jit.save} writes it: a stored zip. */
  private static byte[] archive() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      zip.setMethod(ZipOutputStream.STORED);
      entry(zip, "data.pkl", pickledObject());
      entry(zip, "code/__torch__.py", CODE.getBytes(US_ASCII));
      entry(zip, "constants.pkl", new byte[] {(byte) 0x80, 2, ')', '.'});
      entry(zip, "version", "3\n".getBytes(US_ASCII));
      entry(zip, "byteorder", "little".getBytes(US_ASCII));
    }
    return bytes.toByteArray();
  }

  /** An object of the class, with the one attribute {@code training}, which is true. */
  private static byte[] pickledObject() {
    ByteArrayOutputStream pickle = new ByteArrayOutputStream();
    pickle.writeBytes(new byte[] {(byte) 0x80, 2});
    pickle.writeBytes("c__torch__\nMine\n)".getBytes(US_ASCII));
    pickle.write(0x81);
    pickle.writeBytes("}(X".getBytes(US_ASCII));
    pickle.writeBytes(new byte[] {8, 0, 0, 0});
    pickle.writeBytes("training".getBytes(US_ASCII));
    pickle.write(0x88);
    pickle.writeBytes("ub.".getBytes(US_ASCII));
    return pickle.toByteArray();
  }

  private static void entry(ZipOutputStream zip, String name, byte[] content) throws IOException {
    CRC32 crc = new CRC32();
    crc.update(content);
    ZipEntry entry = new ZipEntry("network/" + name);
    entry.setSize(content.length);
    entry.setCrc(crc.getValue());
    zip.putNextEntry(entry);
    zip.write(content);
    zip.closeEntry();
  }
}
