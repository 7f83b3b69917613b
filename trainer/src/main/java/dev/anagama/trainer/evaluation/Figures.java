package dev.anagama.trainer.evaluation;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * What was measured on a set of images against the real training images. docs/evaluation.md
 * explains each figure.
 *
 * @param fid Frechet distance in the first network's features
 * @param fidInfinity the same, extrapolated to infinitely many samples
 * @param inceptionScore under the first network
 * @param inceptionScoreInfinity the same, extrapolated to infinitely many samples
 * @param precision share of the images within the real manifold
 * @param recall share of the real images within theirs
 * @param density real neighbourhoods around an image, over k
 * @param coverage share of real neighbourhoods with an image in it
 * @param classCoverage mean over the classes of the coverage within the class
 * @param classSpread variance within the classes over that of real images
 * @param labelAccuracy share of images whose class the first network finds
 * @param labelLogProbability mean log-probability of their class
 * @param secondFid Frechet distance in the second network's features
 * @param secondInceptionScore under the second network
 * @param secondLabelAccuracy share of images whose class the second network finds
 * @param samples images measured
 */
public record Figures(
    @JsonProperty("fid") double fid,
    @JsonProperty("fid_infinity") double fidInfinity,
    @JsonProperty("inception_score") double inceptionScore,
    @JsonProperty("inception_score_infinity") double inceptionScoreInfinity,
    @JsonProperty("precision") double precision,
    @JsonProperty("recall") double recall,
    @JsonProperty("density") double density,
    @JsonProperty("coverage") double coverage,
    @JsonProperty("class_coverage") double classCoverage,
    @JsonProperty("class_spread") double classSpread,
    @JsonProperty("label_accuracy") double labelAccuracy,
    @JsonProperty("label_log_probability") double labelLogProbability,
    @JsonProperty("second_fid") double secondFid,
    @JsonProperty("second_inception_score") double secondInceptionScore,
    @JsonProperty("second_label_accuracy") double secondLabelAccuracy,
    @JsonProperty("samples") int samples) {}
