package dev.anagama.trainer.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.anagama.diffusion.checkpoint.ImageShape;
import dev.anagama.diffusion.image.PngImages;
import dev.anagama.trainer.data.DataException;
import dev.anagama.trainer.data.DataFolder;
import dev.anagama.trainer.data.IdxFiles;
import dev.anagama.trainer.data.IdxSamples;
import dev.anagama.trainer.data.ImageSet;
import dev.anagama.trainer.data.LabelledImages;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BatchesAheadTest {
  private static final TrainingOptions OPTIONS = TinyTraining.options(192);
  private static final LabelledImages DATA = IdxSamples.halves(200, 1);

  @Test
  void take_anyOrder_givesTheBatchesOfTheSource() throws Exception {
    BatchSource source = new BatchSource(DATA, OPTIONS);
    try (BatchesAhead ahead = new BatchesAhead(new BatchSource(DATA, OPTIONS))) {
      for (long step : new long[] {0, 1, 2, 3, 40, 41, 7, 7, 6}) {
        Batch expected = source.batch(step);
        Batch found = ahead.take(step);

        assertThat(found.x()).isEqualTo(expected.x());
        assertThat(found.conditions()).isEqualTo(expected.conditions());
        assertThat(found.logSnrs()).isEqualTo(expected.logSnrs());
        assertThat(found.eps()).isEqualTo(expected.eps());
      }
    }
  }

  @Test
  void take_interrupted_saysSoAndKeepsTheMark() {
    try (BatchesAhead ahead = new BatchesAhead(new BatchSource(DATA, OPTIONS))) {
      Thread.currentThread().interrupt();

      assertThatThrownBy(() -> ahead.take(3))
          .isInstanceOf(InterruptedIOException.class)
          .hasMessageContaining("batch 3");
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @Test
  void take_aBrokenPicture_namesItAndSaysWhy(@TempDir Path folder) throws IOException {
    byte[] whole = PngImages.encode(new BufferedImage(40, 40, BufferedImage.TYPE_INT_RGB));
    for (String name : List.of("left/1.png", "top/1.png")) {
      Path file = folder.resolve("train").resolve(name);
      Files.createDirectories(file.getParent());
      Files.write(file, whole);
    }
    // Its header is whole, so that only decoding finds it out.
    Path broken = folder.resolve("train/top/1.png");
    Files.write(broken, Arrays.copyOf(whole, whole.length - 30));
    ImageSet pictures =
        new DataFolder(folder, Optional.of(new ImageShape(1, 8, 8))).open(IdxFiles.Split.TRAIN);

    try (BatchesAhead ahead = new BatchesAhead(new BatchSource(pictures, OPTIONS))) {
      assertThatThrownBy(() -> ahead.take(0))
          .isInstanceOf(DataException.class)
          .hasMessageMatching("cannot read " + broken + ": .*[Ee]nd of .*")
          .message()
          .hasLineCount(1);
    }
  }

  @Test
  void close_withABatchAhead_endsTheThread() throws Exception {
    List<Thread> threads;
    try (BatchesAhead ahead = new BatchesAhead(new BatchSource(DATA, OPTIONS))) {
      var unused = ahead.take(0);
      threads =
          Thread.getAllStackTraces().keySet().stream()
              .filter(each -> each.getName().equals("anagama-batches"))
              .toList();
    }
    assertThat(threads).isNotEmpty();
    for (Thread thread : threads) {
      thread.join(10_000);
      assertThat(thread.isAlive()).isFalse();
    }
  }
}
