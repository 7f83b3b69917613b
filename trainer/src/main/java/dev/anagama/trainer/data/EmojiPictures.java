package dev.anagama.trainer.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.anagama.diffusion.checkpoint.ImageShape;
import dev.anagama.diffusion.image.PngImages;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.CRC32;

/**
 * Makes a data set of coloured pictures in nine classes out of npm packages of emoji: {@code
 * emoji-datasource-twitter} and {@code emoji-datasource-google}, which draw the same emoji in two
 * styles and sort them into categories.
 *
 * <p>All drawings of one emoji, and of those that begin with the same character (a man, a woman and
 * a person running), are on the same side of the split, so that the test half is not known from
 * training. Variants of skin colour are left out: they would make two pictures in three people.
 */
public final class EmojiPictures {
  /** Side of the pictures in the packages, in pixels. */
  public static final int MAX_SIDE = 64;

  /** Smallest side that is made. */
  public static final int MIN_SIDE = 8;

  private static final JsonMapper JSON = new JsonMapper();
  private static final int CHANNELS = 3;

  /** One emoji in so many is for testing. */
  private static final int TEST_SHARE = 7;

  private static final Map<String, String> CLASSES =
      Map.of(
          "Smileys & Emotion", "smileys",
          "People & Body", "people",
          "Animals & Nature", "nature",
          "Food & Drink", "food",
          "Travel & Places", "travel",
          "Activities", "activities",
          "Objects", "objects",
          "Symbols", "symbols",
          "Flags", "flags");

  /** The drawings that may be used, by the name of their folder, with what they ask for. */
  private static final Map<String, String> LICENCES =
      Map.of(
          "twitter", "drawings of Twemoji, CC-BY-4.0",
          "google", "drawings of Noto Emoji, Apache-2.0");

  private final Path out;
  private final ImageShape shape;
  private int written;

  private EmojiPictures(Path out, ImageShape shape) {
    this.out = out;
    this.shape = shape;
  }

  /**
   * Writes {@code out/train/CLASS/*.png}, {@code out/test/CLASS/*.png} and {@code
   * out/dataset.json}.
   *
   * @param packages folders of the unpacked packages, at least one
   * @param out a folder that does not exist yet, or is empty
   * @param side of the pictures, {@value #MIN_SIDE} to {@value #MAX_SIDE} pixels
   * @return number of pictures
   * @throws DataException naming the file that is missing or not what it should be
   * @throws IllegalArgumentException if the side is out of range or there is no package
   */
  public static int prepare(List<Path> packages, Path out, int side) throws IOException {
    if (side < MIN_SIDE || side > MAX_SIDE) {
      throw new IllegalArgumentException(
          "image size is %d; allowed: %d to %d".formatted(side, MIN_SIDE, MAX_SIDE));
    }
    if (packages.isEmpty()) {
      throw new IllegalArgumentException("there are no packages; needed: at least one");
    }
    requireEmpty(out);
    ImageShape shape = new ImageShape(CHANNELS, side, side);
    EmojiPictures pictures = new EmojiPictures(out, shape);
    List<String> sources = new ArrayList<>();
    for (Path folder : packages) {
      sources.add(pictures.add(folder));
    }
    // Last: a folder with a card is whole.
    new DataCard("Emoji", shape, sources).write(out);
    return pictures.written;
  }

  /** Adds the pictures of a package and tells what it is. */
  private String add(Path folder) throws IOException {
    String vendor = vendor(folder);
    Path drawings = folder.resolve("img").resolve(vendor).resolve(Integer.toString(MAX_SIDE));
    for (JsonNode emoji : read(folder.resolve("emoji.json"))) {
      String name = CLASSES.get(emoji.path("category").asText());
      if (name != null && emoji.path("has_img_" + vendor).asBoolean()) {
        String image = emoji.path("image").asText();
        Path target =
            out.resolve(FolderImages.name(split(emoji)))
                .resolve(name)
                .resolve(image.replace(".png", "-" + vendor + ".png"));
        Files.createDirectories(target.getParent());
        Files.write(target, picture(drawings.resolve(image)));
        written++;
      }
    }
    JsonNode card = read(folder.resolve("package.json"));
    return "npm %s %s: %s"
        .formatted(card.path("name").asText(), card.path("version").asText(), LICENCES.get(vendor));
  }

  private byte[] picture(Path file) {
    return PngImages.encode(
        PictureScaling.scale(PictureDecoder.decode(file), shape),
        CHANNELS,
        shape.height(),
        shape.width());
  }

  /** Follows from the emoji alone, whatever packages there are. */
  private static IdxFiles.Split split(JsonNode emoji) {
    String code = emoji.path("unified").asText();
    // Flags all begin with one of 26 letters.
    boolean flag = emoji.path("category").asText().equals("Flags");
    CRC32 hash = new CRC32();
    hash.update((flag ? code : code.split("-", 2)[0]).getBytes(StandardCharsets.US_ASCII));
    return hash.getValue() % TEST_SHARE == 0 ? IdxFiles.Split.TEST : IdxFiles.Split.TRAIN;
  }

  private static String vendor(Path folder) {
    return LICENCES.keySet().stream()
        .sorted()
        .filter(name -> Files.isDirectory(folder.resolve("img").resolve(name)))
        .findFirst()
        .orElseThrow(
            () ->
                new DataException(
                    "%s has none of img/%s; needed: the npm package emoji-datasource-twitter or"
                            .formatted(folder, LICENCES.keySet().stream().sorted().toList())
                        + " emoji-datasource-google, unpacked"));
  }

  private static JsonNode read(Path file) {
    try {
      return JSON.readTree(file.toFile());
    } catch (JsonProcessingException e) {
      throw new DataException(file + " is not JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new DataException("cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  private static void requireEmpty(Path out) throws IOException {
    if (Files.exists(out)) {
      try (Stream<Path> entries = Files.list(out)) {
        if (entries.findAny().isPresent()) {
          throw new DataException(out + " is not empty; name a folder that is, or a new one");
        }
      }
    }
  }
}
