package dev.anagama.trainer.evaluation;

import dev.anagama.trainer.data.ImageSet;

/**
 * The classes to generate: image by image the one that lags most behind its share of the training
 * images. Every beginning of the sequence has the shares of the data, so that the Frechet distance
 * does not measure other proportions; where classes are equally frequent, they take turns.
 */
final class LabelSequence {
  private LabelSequence() {}

  /** The first labels of the sequence. */
  static int[] of(ImageSet train, int classes, int count) {
    long[] frequency = new long[classes];
    for (int i = 0; i < train.size(); i++) {
      frequency[train.label(i)]++;
    }
    long[] made = new long[classes];
    int[] labels = new int[count];
    for (int i = 0; i < count; i++) {
      int next = 0;
      for (int c = 1; c < classes; c++) {
        next = lag(frequency, made, train, c, i) > lag(frequency, made, train, next, i) ? c : next;
      }
      labels[i] = next;
      made[next]++;
    }
    return labels;
  }

  /** How many images a class lacks once image i is made, times the number of training images. */
  private static long lag(long[] frequency, long[] made, ImageSet train, int label, int i) {
    return frequency[label] * (i + 1L) - made[label] * train.size();
  }
}
