package dev.anagama.deploy.demo;

import java.util.List;

/**
 * What a demo did; {@code summary.json} holds it with these names in snake case.
 *
 * @param jobsSubmitted jobs that the gateway accepted
 * @param jobsSucceeded jobs that ended well
 * @param images images downloaded
 * @param terminalEvents committed terminal events on the events topic
 * @param wallSeconds from the start of the service to the last file, in seconds
 * @param generationSeconds from the first submission to the end of the last job, in seconds
 * @param model name of the model
 * @param version of its checkpoint
 * @param weightsSha256 of its weights, lower-case hexadecimal
 * @param classNames by label
 * @param seeds of each class, by label
 * @param guidanceScales that each class was made at
 * @param imagesPerCell images of each class at each scale
 * @param numInferenceSteps steps of each image
 * @param sampler name of the sampler
 * @param noiseAlgorithm what turns the seed into noise
 * @param precision arithmetic of the network
 */
public record DemoSummary(
    int jobsSubmitted,
    int jobsSucceeded,
    int images,
    int terminalEvents,
    double wallSeconds,
    double generationSeconds,
    String model,
    String version,
    String weightsSha256,
    List<String> classNames,
    List<Long> seeds,
    List<Double> guidanceScales,
    int imagesPerCell,
    int numInferenceSteps,
    String sampler,
    String noiseAlgorithm,
    String precision) {}
