package dev.anagama.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.anagama.diffusion.checkpoint.ImageShape;
import dev.anagama.diffusion.image.PngImages;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On folders laid out as the packages are. */
class EmojiPicturesTest {
  @TempDir private Path folder;

  private Path write(String vendor) throws IOException {
    Path root = folder.resolve("emoji-datasource-" + vendor);
    Path drawings = Files.createDirectories(root.resolve("img/" + vendor + "/64"));
    StringBuilder emoji = new StringBuilder();
    for (int i = 0; i < 60; i++) {
      String category = i % 2 == 0 ? "Objects" : "Food & Drink";
      String image = "1f%03x.png".formatted(i);
      emoji
          .append(emoji.isEmpty() ? "" : ",")
          .append(entry("1F%03X".formatted(i), category, image));
      Files.write(
          drawings.resolve(image),
          PngImages.encode(new BufferedImage(64, 64, BufferedImage.TYPE_INT_ARGB)));
    }
    emoji.append(",").append(entry("1F3FB", "Component", "1f3fb.png"));
    Files.writeString(root.resolve("emoji.json"), "[" + emoji + "]");
    Files.writeString(
        root.resolve("package.json"),
        "{\"name\": \"emoji-datasource-%s\", \"version\": \"16.0.0\"}".formatted(vendor));
    return root;
  }

  private static String entry(String code, String category, String image) {
    return """
        {"unified": "%s", "image": "%s", "category": "%s",
         "has_img_twitter": true, "has_img_google": true}\
        """
        .formatted(code, image, category);
  }

  @Test
  void prepare_twoPackages_isADataSetThatTheLoaderReads() throws IOException {
    Path out = folder.resolve("emoji");

    int pictures = EmojiPictures.prepare(List.of(write("twitter"), write("google")), out, 32);

    assertThat(pictures).isEqualTo(120);
    DataFolder data = new DataFolder(out);
    ImageSet train = data.open(IdxFiles.Split.TRAIN);
    ImageSet test = data.open(IdxFiles.Split.TEST);
    assertThat(train.shape()).isEqualTo(new ImageShape(3, 32, 32));
    assertThat(train.classNames()).containsExactly("food", "objects");
    assertThat(train.size() + test.size()).isEqualTo(120);
    assertThat(test.size()).isBetween(4, 40);
    assertThat(data.card().orElseThrow().sources())
        .containsExactly(
            "npm emoji-datasource-twitter 16.0.0: drawings of Twemoji, CC-BY-4.0",
            "npm emoji-datasource-google 16.0.0: drawings of Noto Emoji, Apache-2.0");
    // Both drawings of an emoji are on one side.
    try (Stream<Path> files = Files.list(out.resolve("test/food"))) {
      List<String> names = files.map(file -> file.getFileName().toString()).toList();
      assertThat(names.stream().filter(name -> name.endsWith("-google.png")).count())
          .isEqualTo(names.size() / 2);
    }
  }

  @Test
  void prepare_whatCanNotBeUsed_isNamed() throws IOException {
    Path twitter = write("twitter");
    assertThatThrownBy(() -> EmojiPictures.prepare(List.of(folder), folder.resolve("a"), 32))
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll(folder + " has none of img/", "emoji-datasource-twitter");
    assertThatThrownBy(() -> EmojiPictures.prepare(List.of(twitter), folder, 32))
        .isInstanceOf(DataException.class)
        .hasMessage(folder + " is not empty; name a folder that is, or a new one");
    assertThatThrownBy(() -> EmojiPictures.prepare(List.of(twitter), folder.resolve("b"), 65))
        .hasMessage("image size is 65; allowed: 8 to 64");
    Path drawing = twitter.resolve("img/twitter/64/1f000.png");
    Files.delete(drawing);
    assertThatThrownBy(() -> EmojiPictures.prepare(List.of(twitter), folder.resolve("c"), 32))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("cannot read " + drawing);
  }
}
