package dev.anagama.deploy.demo;

import dev.anagama.v1.JobSpec;
import dev.anagama.v1.Model;
import dev.anagama.v1.Sampler;
import dev.anagama.v1.SubmitJobRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/**
 * The jobs of a demo: one for each class and guidance scale.
 *
 * @param classNames by label; the rows of the sheet
 * @param guidanceScales the columns of the sheet
 * @param cells row by row
 */
record DemoPlan(List<String> classNames, List<Double> guidanceScales, List<Cell> cells) {
  /** 1 is no guidance; by 4 the images have visibly lost variety. */
  static final List<Double> GUIDANCE_SCALES = List.of(1.0, 2.0, 4.0);

  /**
   * One job.
   *
   * @param label of its class
   * @param className of its class
   * @param guidanceScale 1 + w
   * @param request what is sent
   */
  record Cell(int label, String className, double guidanceScale, SubmitJobRequest request) {
    String jobId() {
      return request.getId();
    }

    int images() {
      return request.getSpec().getNumImages();
    }

    /** Where its images go, as a path: class and scale. */
    String folder() {
      return slug() + "/" + scaleText(guidanceScale);
    }

    /** The label keeps apart what the shortened names may not. */
    private String slug() {
      return label + "-" + className.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
    }
  }

  DemoPlan {
    classNames = List.copyOf(classNames);
    guidanceScales = List.copyOf(guidanceScales);
    cells = List.copyOf(cells);
  }

  static DemoPlan of(Model model, DemoOptions options) {
    List<String> names = model.getCard().getClassNamesList();
    List<Cell> cells = new ArrayList<>();
    for (int label = 0; label < names.size(); label++) {
      for (double scale : GUIDANCE_SCALES) {
        cells.add(new Cell(label, names.get(label), scale, request(model, options, label, scale)));
      }
    }
    return new DemoPlan(names, GUIDANCE_SCALES, cells);
  }

  /** A scale as it stands in labels, folders and ids: 2 or 2.5. */
  static String scaleText(double scale) {
    return scale == Math.rint(scale) ? Long.toString(Math.round(scale)) : Double.toString(scale);
  }

  /** A sampler as the public JSON names it: ancestral, ddim. */
  static String word(Sampler sampler) {
    return sampler.name().replaceFirst("^SAMPLER_", "").toLowerCase(Locale.ROOT);
  }

  /** The guidance scales for a sentence. */
  String scaleTexts() {
    return guidanceScales.stream().map(DemoPlan::scaleText).collect(Collectors.joining(", "));
  }

  /** The seed of each class, by label. */
  List<Long> seeds() {
    return cells.stream().map(cell -> cell.request().getSpec().getSeed()).distinct().toList();
  }

  private static SubmitJobRequest request(
      Model model, DemoOptions options, int label, double scale) {
    JobSpec.Builder spec =
        JobSpec.newBuilder()
            .setModel(model.getName())
            .setClassLabel(label)
            .setNumImages(options.imagesPerCell())
            // One seed along a row: its columns start from the same noise and differ by guidance
            // alone.
            .setSeed(options.seed() + label)
            .setGuidanceScale(scale);
    OptionalInt steps = options.steps();
    if (steps.isPresent()) {
      spec.setNumInferenceSteps(steps.getAsInt());
    }
    return SubmitJobRequest.newBuilder()
        .setId("demo-%d-%s".formatted(label, scaleText(scale)))
        .setSpec(spec)
        .build();
  }
}
