package dev.anagama.diffusion.image;

import java.awt.image.BufferedImage;
import java.util.List;
import java.util.stream.Stream;

/**
 * A labelled contact sheet: rows and columns of cells, each cell a block of small images. A demo
 * puts classes in rows and guidance scales in columns.
 *
 * @param title one line at the top
 * @param columnLabels one for each column, at least one
 * @param rows from top to bottom, at least one
 * @param imagesAcross images side by side in a cell, at least 1; a cell with more goes on below
 * @param scale how many sheet pixels one image pixel takes in each direction, 1 to {@value
 *     #MAX_SCALE}; pixels are repeated, never blurred
 */
public record ImageGrid(
    String title, List<String> columnLabels, List<Row> rows, int imagesAcross, int scale) {
  /** Largest {@code scale}. */
  public static final int MAX_SCALE = 16;

  /** Most pixels of a sheet, which takes four bytes for each while it is drawn. */
  public static final int MAX_PIXELS = 1 << 26;

  /**
   * One row of the sheet.
   *
   * @param label at its left
   * @param cells one for each column: images, all of one size throughout the sheet
   */
  public record Row(String label, List<List<BufferedImage>> cells) {
    /** Copies the cells. */
    public Row {
      cells = cells.stream().map(List::copyOf).toList();
    }
  }

  /**
   * Checks that everything fits.
   *
   * @throws IllegalArgumentException naming what does not
   */
  public ImageGrid {
    columnLabels = List.copyOf(columnLabels);
    rows = List.copyOf(rows);
    require(!columnLabels.isEmpty(), "columnLabels is empty, must hold at least one");
    require(!rows.isEmpty(), "rows is empty, must hold at least one");
    require(imagesAcross >= 1, "imagesAcross is " + imagesAcross + ", must be at least 1");
    require(
        scale >= 1 && scale <= MAX_SCALE,
        "scale is " + scale + ", must be within [1, " + MAX_SCALE + "]");
    for (Row row : rows) {
      require(
          row.cells().size() == columnLabels.size(),
          "row \""
              + row.label()
              + "\" has "
              + row.cells().size()
              + " cells, must have one for each of "
              + columnLabels.size()
              + " columns");
    }
    require(images(rows).findAny().isPresent(), "rows hold no image, must hold at least one");
    long sizes = images(rows).map(i -> i.getWidth() + "x" + i.getHeight()).distinct().count();
    require(sizes == 1, "images are of " + sizes + " different sizes, must be of one size");
  }

  /**
   * Draws the sheet.
   *
   * @throws IllegalArgumentException if it would have more than {@value #MAX_PIXELS} pixels
   * @throws IllegalStateException as {@link #requireFonts} does
   */
  public BufferedImage render() {
    requireFonts();
    return ImageGridPainter.paint(this);
  }

  /** The sheet as PNG; throws as {@link #render} does. */
  public byte[] toPng() {
    return PngImages.encode(render());
  }

  /**
   * Checks that labels can be drawn here, so that a long run need not end with finding out.
   *
   * @throws IllegalStateException if this machine has no fonts; the message says what to install
   */
  public static void requireFonts() {
    try {
      ImageGridPainter.loadFonts();
    } catch (InternalError | LinkageError e) {
      // Java's two ways of saying so: fontconfig knows no font, or its library is missing.
      throw new IllegalStateException(
          "Java finds no fonts for an image grid's labels: install fontconfig and a font, for"
              + " example the Debian packages fontconfig and fonts-dejavu-core",
          e);
    }
  }

  /** Every image of the sheet. */
  static Stream<BufferedImage> images(List<Row> rows) {
    return rows.stream().flatMap(row -> row.cells().stream()).flatMap(List::stream);
  }

  private static void require(boolean condition, String problem) {
    if (!condition) {
      throw new IllegalArgumentException(problem);
    }
  }
}
