package dev.anagama.trainer.report;

import dev.anagama.diffusion.checkpoint.CheckpointManifest;
import dev.anagama.diffusion.checkpoint.ImageShape;
import dev.anagama.diffusion.image.ImageGrid;
import dev.anagama.diffusion.image.PngImages;
import dev.anagama.diffusion.sampler.NoiseStream;
import dev.anagama.trainer.sampling.ImageMaker;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Samples of a checkpoint: a row for each class, a column for each strength of guidance. Images at one
 * place of two columns begin with the same noise.
 *
 * @param imagesPerCell images of a class at a strength, at least 1
 * @param imagesAcross of them side by side
 * @param scale how many pixels of the sheet one of the image takes in each direction
 */
public record SampleSheet(int imagesPerCell, int imagesAcross, int scale) {
  private static final int MAX_ROWS = 20;

  /**
   * The sheet as PNG.
   *
   * @param maker of the checkpoint's network
   * @param strengths w or temperatures, one for each column
   */
  public byte[] png(
      ImageMaker maker, CheckpointManifest manifest, List<Double> strengths, long seed) {
    List<String> columns =
        strengths.stream().map(strength -> maker.axis().symbol() + " = " + strength).toList();
    List<ImageGrid.Row> rows = new ArrayList<>();
    int classes = Math.min(MAX_ROWS, manifest.classNames().size());
    for (int label = 0; label < classes; label++) {
      List<List<BufferedImage>> cells = new ArrayList<>();
      for (double strength : strengths) {
        cells.add(cell(maker, manifest.image(), label, strength, seed));
      }
      rows.add(new ImageGrid.Row(manifest.classNames().get(label), cells));
    }
    String title = manifest.model() + " " + manifest.version();
    return new ImageGrid(title, columns, rows, imagesAcross, scale).toPng();
  }

  private List<BufferedImage> cell(
      ImageMaker maker, ImageShape shape, int label, double strength, long seed) {
    List<ImageMaker.Wanted> images = new ArrayList<>();
    for (int i = 0; i < imagesPerCell; i++) {
      images.add(new ImageMaker.Wanted(label, new NoiseStream(seed, i)));
    }
    byte[] pixels = maker.make(strength, images);
    List<BufferedImage> pictures = new ArrayList<>();
    for (int start = 0; start < pixels.length; start += shape.count()) {
      pictures.add(
          PngImages.picture(
              Arrays.copyOfRange(pixels, start, start + shape.count()),
              shape.channels(),
              shape.height(),
              shape.width()));
    }
    return pictures;
  }
}
