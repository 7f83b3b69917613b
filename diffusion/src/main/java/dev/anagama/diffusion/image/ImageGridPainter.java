package dev.anagama.diffusion.image;

import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.Collection;
import java.util.List;

/** Lays an {@link ImageGrid} out and draws it. Lengths are in sheet pixels. */
final class ImageGridPainter {
  private static final int MARGIN = 28;
  private static final int TITLE_GAP = 20;
  private static final int LABEL_GAP = 12;
  private static final int CELL_GAP = 16;
  private static final int IMAGE_GAP = 2;

  private static final Color PAPER = Color.WHITE;
  private static final Color INK = new Color(0x1F2328);
  private static final Color FAINT_INK = new Color(0x59636E);

  // Logical fonts are in every Java; which face stands behind them is the machine's choice.
  private static final Font TITLE_FONT = new Font(Font.SANS_SERIF, Font.BOLD, 20);
  private static final Font LABEL_FONT = new Font(Font.SANS_SERIF, Font.PLAIN, 15);

  private final ImageGrid grid;
  private final FontMetrics title;
  private final FontMetrics label;
  private final int imageWidth;
  private final int imageHeight;
  private final int cellWidth;
  private final int cellHeight;
  private final int gridLeft;
  private final int gridTop;

  private ImageGridPainter(ImageGrid grid, Graphics2D measure) {
    this.grid = grid;
    this.title = measure.getFontMetrics(TITLE_FONT);
    this.label = measure.getFontMetrics(LABEL_FONT);
    BufferedImage first = ImageGrid.images(grid.rows()).iterator().next();
    int across = grid.imagesAcross();
    int most =
        grid.rows().stream()
            .flatMap(r -> r.cells().stream())
            .mapToInt(List::size)
            .max()
            .orElseThrow();
    int down = (most + across - 1) / across;
    this.imageWidth = first.getWidth() * grid.scale();
    this.imageHeight = first.getHeight() * grid.scale();
    int imagesWidth = across * (imageWidth + IMAGE_GAP) - IMAGE_GAP;
    this.cellWidth = Math.max(imagesWidth, widest(label, grid.columnLabels()));
    this.cellHeight = down * (imageHeight + IMAGE_GAP) - IMAGE_GAP;
    List<String> rowLabels = grid.rows().stream().map(ImageGrid.Row::label).toList();
    this.gridLeft = MARGIN + widest(label, rowLabels) + LABEL_GAP;
    this.gridTop = MARGIN + title.getHeight() + TITLE_GAP + label.getHeight() + LABEL_GAP;
  }

  static BufferedImage paint(ImageGrid grid) {
    Graphics2D measure = graphics(new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB));
    try {
      return new ImageGridPainter(grid, measure).paint();
    } finally {
      measure.dispose();
    }
  }

  /** Makes Java look for fonts, which it else does at the first measurement. */
  static void loadFonts() {
    Graphics2D measure = graphics(new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB));
    try {
      measure.getFontMetrics(LABEL_FONT);
    } finally {
      measure.dispose();
    }
  }

  private BufferedImage paint() {
    int columns = grid.columnLabels().size();
    int gridRight = gridLeft + columns * (cellWidth + CELL_GAP) - CELL_GAP;
    int width = Math.max(gridRight, MARGIN + title.stringWidth(grid.title())) + MARGIN;
    int height = gridTop + grid.rows().size() * (cellHeight + CELL_GAP) - CELL_GAP + MARGIN;
    if ((long) width * height > ImageGrid.MAX_PIXELS) {
      throw new IllegalArgumentException(
          "the sheet is "
              + width
              + " x "
              + height
              + " pixels, must have at most "
              + ImageGrid.MAX_PIXELS);
    }
    BufferedImage sheet = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D g = graphics(sheet);
    try {
      g.setColor(PAPER);
      g.fillRect(0, 0, width, height);
      drawLabels(g);
    } finally {
      g.dispose();
    }
    drawImages(sheet);
    return sheet;
  }

  private void drawLabels(Graphics2D g) {
    g.setFont(TITLE_FONT);
    g.setColor(INK);
    g.drawString(grid.title(), MARGIN, MARGIN + title.getAscent());
    g.setFont(LABEL_FONT);
    g.setColor(FAINT_INK);
    int columnBaseline = gridTop - LABEL_GAP - label.getDescent();
    for (int column = 0; column < grid.columnLabels().size(); column++) {
      String text = grid.columnLabels().get(column);
      g.drawString(text, left(column) + (cellWidth - label.stringWidth(text)) / 2, columnBaseline);
    }
    g.setColor(INK);
    for (int row = 0; row < grid.rows().size(); row++) {
      String text = grid.rows().get(row).label();
      int baseline = top(row) + (cellHeight + label.getAscent() - label.getDescent()) / 2;
      g.drawString(text, gridLeft - LABEL_GAP - label.stringWidth(text), baseline);
    }
  }

  private void drawImages(BufferedImage sheet) {
    for (int row = 0; row < grid.rows().size(); row++) {
      List<List<BufferedImage>> cells = grid.rows().get(row).cells();
      for (int column = 0; column < cells.size(); column++) {
        List<BufferedImage> images = cells.get(column);
        for (int i = 0; i < images.size(); i++) {
          int x = left(column) + (i % grid.imagesAcross()) * (imageWidth + IMAGE_GAP);
          int y = top(row) + (i / grid.imagesAcross()) * (imageHeight + IMAGE_GAP);
          drawImage(sheet, images.get(i), x, y);
        }
      }
    }
  }

  /** Nearest neighbour, pixel by pixel. */
  private void drawImage(BufferedImage sheet, BufferedImage image, int left, int top) {
    for (int y = 0; y < imageHeight; y++) {
      for (int x = 0; x < imageWidth; x++) {
        sheet.setRGB(left + x, top + y, rgb(image, x / grid.scale(), y / grid.scale()));
      }
    }
  }

  /** Grey values as they are stored: getRGB would take them for linear light and brighten them. */
  private static int rgb(BufferedImage image, int x, int y) {
    if (image.getType() == BufferedImage.TYPE_BYTE_GRAY) {
      return image.getRaster().getSample(x, y, 0) * 0x010101;
    }
    return image.getRGB(x, y);
  }

  private int left(int column) {
    return gridLeft + column * (cellWidth + CELL_GAP);
  }

  private int top(int row) {
    return gridTop + row * (cellHeight + CELL_GAP);
  }

  private static int widest(FontMetrics metrics, Collection<String> texts) {
    return texts.stream().mapToInt(metrics::stringWidth).max().orElse(0);
  }

  private static Graphics2D graphics(BufferedImage image) {
    Graphics2D g = image.createGraphics();
    g.setRenderingHint(
        RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
    g.setRenderingHint(
        RenderingHints.KEY_FRACTIONALMETRICS, RenderingHints.VALUE_FRACTIONALMETRICS_OFF);
    return g;
  }
}
