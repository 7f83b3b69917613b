package dev.anagama.deploy.demo;

import java.nio.file.Path;
import java.util.OptionalInt;

/**
 * What a demo makes and where.
 *
 * @param out folder for pictures and summary; made if it is not there
 * @param checkpoint folder of the checkpoint that is served
 * @param imagesPerCell images of each class at each guidance scale, 1 to 64
 * @param steps steps of the reverse process, 1 to 1000; left out: the model's default
 * @param seed of the first class, 0 to 2^53 - 1000; class k uses {@code seed + k}
 */
public record DemoOptions(
    Path out, Path checkpoint, int imagesPerCell, OptionalInt steps, long seed) {}
