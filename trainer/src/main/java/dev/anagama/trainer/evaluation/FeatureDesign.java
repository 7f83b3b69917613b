package dev.anagama.trainer.evaluation;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Blocks;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.pooling.Pool;

/**
 * How a feature network is built: from images to features. Class scores are a linear map of them in
 * either case. The two have other kernels, normalisation and activations, so that a figure which
 * only one of them confirms is known to be its own.
 */
enum FeatureDesign {
  /** Two 3x3 convolutions, halved each, and a linear map, all with batch normalisation and ReLU. */
  STACKED(128) {
    @Override
    SequentialBlock body() {
      return new SequentialBlock()
          // Halves by its stride: at full size, these few channels would take half of the time.
          .add(convolution(32, 3, 2))
          .add(BatchNorm.builder().build())
          .add(Activation.reluBlock())
          .add(convolution(64, 3, 1))
          .add(BatchNorm.builder().build())
          .add(Activation.reluBlock())
          .add(Pool.maxPool2dBlock(new Shape(2, 2), new Shape(2, 2)))
          .add(Blocks.batchFlattenBlock())
          .add(Linear.builder().setUnits(width()).build())
          .add(BatchNorm.builder().build())
          .add(Activation.reluBlock());
    }
  },

  /** Two 5x5 convolutions that halve the image, and a linear map; nothing is normalised. */
  STRIDED(64) {
    @Override
    SequentialBlock body() {
      return new SequentialBlock()
          .add(convolution(32, 5, 2))
          .add(Activation.geluBlock())
          .add(convolution(64, 5, 2))
          .add(Activation.geluBlock())
          .add(Blocks.batchFlattenBlock())
          .add(Linear.builder().setUnits(width()).build())
          .add(Activation.tanhBlock());
    }
  };

  private final int width;

  FeatureDesign(int width) {
    this.width = width;
  }

  /** Number of features. */
  int width() {
    return width;
  }

  private static Conv2d convolution(int channels, int side, int stride) {
    return Conv2d.builder()
        .setKernelShape(new Shape(side, side))
        .optPadding(new Shape(side / 2, side / 2))
        .optStride(new Shape(stride, stride))
        .setFilters(channels)
        .build();
  }

  /** Layers from images [N, C, H, W], of sides of at least 4, to features [N, width]. */
  abstract SequentialBlock body();
}
