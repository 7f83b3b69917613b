package dev.anagama.trainer.toy;

import dev.anagama.diffusion.image.ImageGrid;
import dev.anagama.diffusion.image.PngImages;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * The paper's Figure 2: the three guided densities, a panel for each weight. Contours hold half and
 * 95 % of each density's mass, crosses are the means of the unguided ones.
 */
public final class GaussianFigure {
  /** Width of each Gaussian: they overlap, so that guidance has something to do. */
  public static final double STD = 0.6;

  /** Most panels. */
  public static final int MAX_PANELS = 8;

  private static final int SIDE = 320;
  private static final int CAPTION = 66;
  private static final int GAP = 12;
  private static final int TITLE_FONT = 17;
  private static final int FONT = 13;
  private static final double[] SHARES = {0.5, 0.95};
  private static final int[] COLOURS = {0x0072B2, 0xD55E00, 0x009E73};
  private static final int CROSS = 4;

  /** Of the square that is computed, what is drawn; the rest is empty. */
  private static final double DRAWN = 2.6;

  private GaussianFigure() {}

  /**
   * What a weight does to a class.
   *
   * @param weight w
   * @param distance of the mean from the middle of all classes; 1 without guidance
   * @param outwards variance in the direction away from the others
   * @param sideways variance across it
   * @param entropy in nats
   */
  public record Effect(
      double weight, double distance, double outwards, double sideways, double entropy) {}

  /** What weights do to a class; to the others they do the same, turned. */
  public static List<Effect> effects(List<Double> weights) {
    return weights.stream().map(weight -> effect(weight, density(0, weight))).toList();
  }

  /**
   * The figure as PNG.
   *
   * @param weights w, one for each panel, 1 to {@value #MAX_PANELS}
   * @throws IllegalArgumentException if there are none or too many
   */
  public static byte[] png(List<Double> weights) {
    if (weights.isEmpty() || weights.size() > MAX_PANELS) {
      throw new IllegalArgumentException(
          "number of weights is %d; allowed: 1 to %d".formatted(weights.size(), MAX_PANELS));
    }
    ImageGrid.requireFonts();
    BufferedImage whole =
        new BufferedImage(
            weights.size() * (SIDE + GAP) + GAP, SIDE + CAPTION + GAP, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = whole.createGraphics();
    try {
      graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
      graphics.setRenderingHint(
          RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
      graphics.setColor(Color.WHITE);
      graphics.fillRect(0, 0, whole.getWidth(), whole.getHeight());
      for (int i = 0; i < weights.size(); i++) {
        draw(graphics, GAP + i * (SIDE + GAP), weights.get(i));
      }
    } finally {
      graphics.dispose();
    }
    return PngImages.encode(whole);
  }

  private static GuidedGaussian density(int label, double weight) {
    // As fine as the picture, over all of the mass.
    int side = (int) Math.round(SIDE * GuidedGaussian.REACH / DRAWN);
    return new GuidedGaussian(label, weight, STD, side);
  }

  private static Effect effect(double weight, GuidedGaussian density) {
    double[] mean = density.mean();
    double away = Math.atan2(GuidedGaussian.mean(0)[1], GuidedGaussian.mean(0)[0]);
    return new Effect(
        weight,
        Math.hypot(mean[0], mean[1]),
        density.varianceAlong(away),
        density.varianceAlong(away + Math.PI / 2),
        density.entropy());
  }

  private static void draw(Graphics2D graphics, int left, double weight) {
    List<GuidedGaussian> classes = new ArrayList<>();
    IntStream.range(0, GuidedGaussian.CLASSES).forEach(k -> classes.add(density(k, weight)));
    graphics.drawImage(panel(classes), left, CAPTION, null);
    graphics.setColor(new Color(0x888888));
    graphics.drawRect(left, CAPTION, SIDE, SIDE);
    graphics.setColor(Color.BLACK);
    for (int k = 0; k < GuidedGaussian.CLASSES; k++) {
      double[] mean = GuidedGaussian.mean(k);
      int x = left + (int) Math.round((mean[0] + DRAWN) / (2 * DRAWN) * SIDE);
      int y = CAPTION + (int) Math.round((DRAWN - mean[1]) / (2 * DRAWN) * SIDE);
      graphics.drawLine(x - CROSS, y, x + CROSS, y);
      graphics.drawLine(x, y - CROSS, x, y + CROSS);
    }
    Effect effect = effect(weight, classes.get(0));
    graphics.setFont(new Font(Font.SANS_SERIF, Font.BOLD, TITLE_FONT));
    graphics.drawString(
        weight == 0 ? "w = 0: no guidance" : "w = " + weight, left, GAP + TITLE_FONT);
    graphics.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, FONT));
    graphics.drawString(
        String.format(
            Locale.ROOT,
            "mean %.2f out, variance %.2f out, %.2f across",
            effect.distance(),
            effect.outwards(),
            effect.sideways()),
        left,
        CAPTION - GAP);
  }

  /** White where nothing is; each class takes away light of other colours than its own. */
  private static BufferedImage panel(List<GuidedGaussian> classes) {
    BufferedImage picture = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
    int margin = (classes.get(0).side() - SIDE) / 2;
    double[] peaks = classes.stream().mapToDouble(GuidedGaussian::peak).toArray();
    for (int y = 0; y < SIDE; y++) {
      for (int x = 0; x < SIDE; x++) {
        double[] light = {1, 1, 1};
        for (int k = 0; k < classes.size(); k++) {
          double strength = 0.85 * Math.sqrt(at(classes.get(k), margin, x, y) / peaks[k]);
          for (int channel = 0; channel < light.length; channel++) {
            double own = ((COLOURS[k] >> (16 - 8 * channel)) & 0xFF) / 255.0;
            light[channel] *= 1 - strength * (1 - own);
          }
        }
        picture.setRGB(
            x, y, new Color((float) light[0], (float) light[1], (float) light[2]).getRGB());
      }
    }
    for (int k = 0; k < classes.size(); k++) {
      for (double share : SHARES) {
        contour(picture, classes.get(k), margin, classes.get(k).level(share), COLOURS[k]);
      }
    }
    return picture;
  }

  /** Marks the pixels in which a density falls below a level towards a neighbour. */
  private static void contour(
      BufferedImage picture, GuidedGaussian density, int margin, double level, int colour) {
    for (int y = 1; y < SIDE - 1; y++) {
      for (int x = 1; x < SIDE - 1; x++) {
        boolean inside = at(density, margin, x, y) >= level;
        boolean edge =
            at(density, margin, x + 1, y) < level
                || at(density, margin, x - 1, y) < level
                || at(density, margin, x, y + 1) < level
                || at(density, margin, x, y - 1) < level;
        if (inside && edge) {
          picture.setRGB(x, y, colour);
        }
      }
    }
  }

  /** The density in a pixel, whose rows go down. */
  private static double at(GuidedGaussian density, int margin, int x, int y) {
    return density.at(margin + x, margin + SIDE - 1 - y);
  }
}
