package dev.anagama.gateway.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.anagama.gateway.Samples;
import dev.anagama.gateway.admission.Submission;
import dev.anagama.gateway.errors.FieldProblem;
import dev.anagama.gateway.errors.RefusalException;
import dev.anagama.v1.GuidanceInterval;
import dev.anagama.v1.GuidanceProjection;
import dev.anagama.v1.JobSpec;
import dev.anagama.v1.Priority;
import dev.anagama.v1.Sampler;
import dev.anagama.v1.Schedule;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class JobBodyTest {
  @Test
  void everyField_isRead() {
    Submission submission =
        read(
            """
            {"model": "fashion", "class_label": 2, "num_images": 3, "seed": 9007199254740991,
             "num_inference_steps": 20, "guidance_scale": 2.5,
             "guidance_interval": {"min_log_snr": -3, "max_log_snr": 4.5}, "sampler": "ancestral",
             "guidance_rescale": 0.7, "dynamic_threshold": 0.995, "schedule": "linear_log_snr",
             "guidance_projection": {"eta": 0.5, "norm_limit": 15, "momentum": -0.5}, "eta": 0,
             "priority": "interactive", "deadline": "2026-01-01T02:00:00.5+02:00"}
            """);

    assertThat(submission.problems()).isEmpty();
    assertThat(submission.spec())
        .isEqualTo(
            JobSpec.newBuilder()
                .setModel("fashion")
                .setClassLabel(2)
                .setNumImages(3)
                .setSeed(9007199254740991L)
                .setNumInferenceSteps(20)
                .setGuidanceScale(2.5)
                .setGuidanceInterval(
                    GuidanceInterval.newBuilder().setMinLogSnr(-3).setMaxLogSnr(4.5))
                .setSampler(Sampler.SAMPLER_ANCESTRAL)
                .setGuidanceRescale(0.7)
                .setDynamicThreshold(0.995)
                .setSchedule(Schedule.SCHEDULE_LINEAR_LOG_SNR)
                .setGuidanceProjection(
                    GuidanceProjection.newBuilder().setEta(0.5).setNormLimit(15).setMomentum(-0.5))
                .setEta(0)
                .setPriority(Priority.PRIORITY_INTERACTIVE)
                .setDeadline(Samples.time(0).toBuilder().setNanos(500_000_000))
                .build());
  }

  @Test
  void nullAndNothing_areLeftOut() {
    assertThat(read("{}"))
        .isEqualTo(new Submission(Optional.of("j1"), spec(), java.util.List.of()));
    assertThat(read("{\"seed\": null, \"class_label\": null, \"class_name\": null}"))
        .isEqualTo(read("{}"));
  }

  static Stream<Arguments> wrong() {
    return Stream.of(
        wrong("{\"num_images\": \"4\"}", "num_images", "\"4\"", "an integer from 1 to 64"),
        wrong("{\"num_images\": 4.5}", "num_images", "4.5", "an integer from 1 to 64"),
        wrong(
            "{\"num_images\": 99999999999}",
            "num_images",
            "99999999999",
            "an integer from 1 to 64"),
        wrong("{\"seed\": true}", "seed", "true", "an integer from 0 to 9007199254740991"),
        wrong(
            "{\"seed\": 99999999999999999999}",
            "seed",
            "99999999999999999999",
            "an integer from 0 to 9007199254740991"),
        wrong("{\"guidance_scale\": []}", "guidance_scale", "[]", "a number from 1 to 50"),
        wrong(
            "{\"class_label\": \"boot\"}",
            "class_label",
            "\"boot\"",
            "an integer from 0 to the number of classes - 1"),
        wrong("{\"class_name\": 1}", "class_name", "1", "the name of a class, in quotes"),
        wrong("{\"model\": \"\"}", "model", "\"\"", "the name of a published model"),
        wrong(
            "{\"sampler\": \"euler\"}",
            "sampler",
            "\"euler\"",
            "\"ancestral\", \"ddim\", \"dpmpp_2m\", \"heun\""),
        wrong(
            "{\"class_label\": 1, \"class_name\": \"Trouser\"}",
            "class_name",
            "\"Trouser\"",
            "left out where class_label is given"),
        wrong(
            "{\"guidance_interval\": [0, 1]}",
            "guidance_interval",
            "[0,1]",
            "an object with min_log_snr and max_log_snr, each a number from -20 to 20"),
        wrong(
            "{\"guidance_interval\": {\"min_log_snr\": 0}}",
            "guidance_interval.max_log_snr",
            "left out",
            "a number from -20 to 20"),
        wrong(
            "{\"guidance_interval\": {\"min_log_snr\": 0, \"max_log_snr\": 1, \"min\": 2}}",
            "guidance_interval.min",
            "2",
            "a known field: min_log_snr, max_log_snr"),
        wrong("{\"num_image\": 4}", "num_image", "4", "a known field; did you mean num_images?"),
        wrong(
            "{\"guidanceScale\": 4}",
            "guidanceScale",
            "4",
            "a known field; did you mean guidance_scale?"),
        wrong("{\"steps\": 4}", "steps", "4", "a known field; did you mean num_inference_steps?"));
  }

  static Stream<Arguments> wrongSampling() {
    return Stream.of(
        wrong(
            "{\"schedule\": \"karras\"}",
            "schedule",
            "\"karras\"",
            "\"cosine\", \"linear_log_snr\", \"edm\""),
        wrong("{\"eta\": \"1\"}", "eta", "\"1\"", "a number from 0 to 1"),
        wrong("{\"guidance_rescale\": true}", "guidance_rescale", "true", "a number from 0 to 1"),
        wrong(
            "{\"dynamic_threshold\": \"p\"}",
            "dynamic_threshold",
            "\"p\"",
            "a number from 0.5 to 1"),
        wrong(
            "{\"guidance_projection\": 1}",
            "guidance_projection",
            "1",
            "an object with eta, norm_limit, momentum, each a number or left out"),
        wrong(
            "{\"guidance_projection\": {\"eta\": \"no\"}}",
            "guidance_projection.eta",
            "\"no\"",
            "a number"),
        wrong(
            "{\"guidance_projection\": {\"r\": 15}}",
            "guidance_projection.r",
            "15",
            "a known field: eta, norm_limit, momentum"));
  }

  static Stream<Arguments> wrongUrgency() {
    return Stream.of(
        wrong(
            "{\"priority\": \"urgent\"}",
            "priority",
            "\"urgent\"",
            "\"interactive\", \"standard\", \"batch\""),
        wrong(
            "{\"deadline\": \"tomorrow\"}",
            "deadline",
            "\"tomorrow\"",
            "a time by RFC 3339, such as \"2026-01-02T03:04:05Z\""),
        wrong(
            "{\"deadline\": 1767323045}",
            "deadline",
            "1767323045",
            "a time by RFC 3339, such as \"2026-01-02T03:04:05Z\""));
  }

  @ParameterizedTest
  @MethodSource({"wrong", "wrongSampling", "wrongUrgency"})
  void wrongField_isNamed(String json, FieldProblem problem) {
    assertThat(read(json).problems()).containsExactly(problem);
  }

  @Test
  void everyProblem_isFound() {
    assertThat(read("{\"prompt\": \"a cat\", \"seed\": \"x\", \"num_images\": {}}").problems())
        .extracting(FieldProblem::field)
        .containsExactly("prompt", "seed", "num_images");
  }

  @Test
  void longNamesAndValues_areShortened() {
    FieldProblem problem =
        read("{\"%s\": \"%s\"}".formatted("n".repeat(999), "v".repeat(999))).problems().get(0);
    assertThat(problem.field()).hasSizeLessThan(70);
    assertThat(problem.value()).hasSizeLessThan(70);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          `` | the body is empty
          ` ` | the body is blank
          `[]` | no object
          `"text"` | no object
          `{"seed": 1` | line 1, column 11
          `{"seed": NaN}` | line 1, column 13: Non-standard token 'NaN'
          `{"seed": 1, "seed": 2}` | Duplicate field 'seed'
          `{"seed": 1} x` | line 1, column 14
          `{"seed": 1}{}` | there is more after the end of the object
          `{seed: 1}` | line 1, column 2
          `{"seed": 01}` | line 1
          """)
  void malformed_saysWhere(String json, String said) {
    assertThatThrownBy(() -> read(json))
        .isInstanceOf(RefusalException.class)
        .hasMessageContaining(said)
        .hasMessageNotContainingAny("Jackson", "Feature", "Exception");
  }

  @Test
  void malformedOnALaterLine_saysWhichLine() {
    assertThatThrownBy(() -> read("{\n  \"seed\": 1,\n  }"))
        .hasMessageContaining("line 3, column 3");
  }

  @Test
  void tooDeep_isRefused() {
    assertThatThrownBy(() -> read("{\"x\": " + "[".repeat(100) + "]".repeat(100) + "}"))
        .isInstanceOf(RefusalException.class)
        .hasMessageContaining("nesting depth");
  }

  @Test
  void notUtf8_isRefused() {
    assertThatThrownBy(
            () -> JobBody.read(Optional.empty(), new byte[] {'{', '"', (byte) 0xff, '"'}))
        .isInstanceOf(RefusalException.class)
        .hasMessageContaining("UTF-8");
  }

  private static JobSpec spec() {
    return JobSpec.getDefaultInstance();
  }

  private static Submission read(String json) {
    return JobBody.read(Optional.of("j1"), json.getBytes(StandardCharsets.UTF_8));
  }

  private static Arguments wrong(String json, String field, String value, String allowed) {
    return Arguments.of(json, new FieldProblem(field, value, allowed));
  }
}
