package dev.anagama.diffusion.network;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;

/** What the C library does with the memory of arrays that PyTorch frees. */
final class NativeHeap {
  /** Just under 32 MiB, the largest block that moves the limit. */
  private static final long BLOCK_BYTES = 32_000_000;

  private NativeHeap() {}

  /**
   * Lets the process keep memory that was freed, up to some 64 MB for each thread that computes.
   *
   * <p>A pass allocates and frees the same few arrays of a megabyte or so again and again. The C
   * library starts out by giving blocks above 128 KiB back to the system at once, and the next use
   * of each page of the next one costs a page fault: a tenth to a quarter of a pass. It raises that
   * limit by itself whenever a larger block is freed (mallopt(3), {@code M_MMAP_THRESHOLD}), so one
   * such block does it. Nothing writes to the block, so it takes no memory. Where the limit is set
   * by the environment, or another C library is in use, nothing changes.
   */
  static void keepFreedMemory(NDManager manager) {
    if (!manager.getDevice().isGpu()) {
      manager.create(new Shape(BLOCK_BYTES), DataType.INT8).close();
    }
  }
}
