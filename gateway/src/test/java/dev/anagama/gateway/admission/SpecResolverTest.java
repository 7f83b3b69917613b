package dev.anagama.gateway.admission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.Timestamp;
import dev.anagama.contract.Topics;
import dev.anagama.gateway.Samples;
import dev.anagama.gateway.errors.FieldProblem;
import dev.anagama.gateway.errors.Refusal;
import dev.anagama.gateway.errors.RefusalException;
import dev.anagama.gateway.models.JobLimits;
import dev.anagama.gateway.models.ModelCatalog;
import dev.anagama.v1.GuidanceInterval;
import dev.anagama.v1.GuidanceProjection;
import dev.anagama.v1.JobSpec;
import dev.anagama.v1.Priority;
import dev.anagama.v1.Sampler;
import dev.anagama.v1.Schedule;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SpecResolverTest {
  private static final Instant NOW = Instant.parse("2026-03-04T05:06:07Z");
  private static final Clock CLOCK = Clock.fixed(NOW, ZoneOffset.UTC);
  private static final String DEADLINE_ALLOWED =
      "a time after 2026-03-04T05:06:07Z, when the request came, and at most 24 hours after it";

  private final ModelCatalog catalog = new ModelCatalog(Optional.empty(), CLOCK);
  private final SpecResolver resolver = new SpecResolver(catalog, CLOCK);

  @Test
  void nothingAsked_getsTheModelsDefaults() {
    publish("fashion");

    JobSpec spec = resolver.resolve("j1", asked(builder -> {}));

    assertThat(spec)
        .isEqualTo(
            JobSpec.newBuilder()
                .setModel("fashion")
                .setNumImages(1)
                .setSeed(JobIds.seed("j1"))
                .setNumInferenceSteps(50)
                .setGuidanceScale(3)
                .setSampler(Sampler.SAMPLER_DDIM)
                .setSchedule(Schedule.SCHEDULE_EDM)
                .setEta(0)
                .setPriority(Priority.PRIORITY_STANDARD)
                .build());
  }

  @Test
  void otherSamplerThanDdim_getsNoEta() {
    publish("fashion");

    JobSpec spec = resolver.resolve("j1", asked(b -> b.setSampler(Sampler.SAMPLER_HEUN)));

    assertThat(spec.hasEta()).isFalse();
  }

  @Test
  void projection_getsItsDefaults() {
    publish("fashion");
    GuidanceProjection asked = GuidanceProjection.newBuilder().setNormLimit(7).build();

    JobSpec spec = resolver.resolve("j1", asked(b -> b.setGuidanceProjection(asked)));

    assertThat(spec.getGuidanceProjection())
        .isEqualTo(asked.toBuilder().setEta(0).setMomentum(0).build());
  }

  @Test
  void everythingAsked_isKept() {
    publish("fashion");
    JobSpec asked =
        Samples.spec().toBuilder()
            .setSampler(Sampler.SAMPLER_ANCESTRAL)
            .setSeed(0)
            .setGuidanceScale(1)
            .setGuidanceInterval(interval(-20, 20))
            .setGuidanceRescale(0)
            .setDynamicThreshold(0.5)
            .setGuidanceProjection(
                GuidanceProjection.newBuilder().setEta(1).setNormLimit(1e-3).setMomentum(-0.9))
            .setSchedule(Schedule.SCHEDULE_LINEAR_LOG_SNR)
            .setPriority(Priority.PRIORITY_BATCH)
            .setDeadline(deadline(NOW.plus(Duration.ofHours(24))))
            .build();

    assertThat(resolver.resolve("j1", new Submission(Optional.empty(), asked, List.of())))
        .isEqualTo(asked);
  }

  @Test
  void className_inAnyCase_becomesItsLabel() {
    publish("fashion");
    JobSpec spec = resolver.resolve("j1", asked(b -> b.setClassName("ankle BOOT")));

    assertThat(spec.getClassLabel()).isEqualTo(2);
    assertThat(spec.hasClassName()).isFalse();
  }

  static Stream<Arguments> wrong() {
    return Stream.of(
        wrong(b -> b.setNumImages(0), "num_images", "0", "an integer from 1 to 64"),
        wrong(b -> b.setNumImages(65), "num_images", "65", "an integer from 1 to 64"),
        wrong(b -> b.setSeed(-1), "seed", "-1", "an integer from 0 to 9007199254740991"),
        wrong(
            b -> b.setSeed(JobLimits.MAX_SEED + 1),
            "seed",
            "9007199254740992",
            "an integer from 0 to 9007199254740991"),
        wrong(
            b -> b.setNumInferenceSteps(0),
            "num_inference_steps",
            "0",
            "an integer from 1 to 1000"),
        wrong(
            b -> b.setNumInferenceSteps(1001),
            "num_inference_steps",
            "1001",
            "an integer from 1 to 1000"),
        wrong(b -> b.setGuidanceScale(0.99), "guidance_scale", "0.99", "a number from 1 to 50"),
        wrong(b -> b.setGuidanceScale(50.1), "guidance_scale", "50.1", "a number from 1 to 50"),
        wrong(
            b -> b.setGuidanceScale(Double.NaN), "guidance_scale", "NaN", "a number from 1 to 50"),
        wrong(
            b -> b.setGuidanceScale(Double.POSITIVE_INFINITY),
            "guidance_scale",
            "Infinity",
            "a number from 1 to 50"),
        wrong(
            b -> b.setGuidanceInterval(interval(-20.5, 0)),
            "guidance_interval.min_log_snr",
            "-20.5",
            "a number from -20 to 20"),
        wrong(
            b -> b.setGuidanceInterval(interval(0, Double.NaN)),
            "guidance_interval.max_log_snr",
            "NaN",
            "a number from -20 to 20"),
        wrong(
            b -> b.setGuidanceInterval(interval(5, 5)),
            "guidance_interval.min_log_snr",
            "5.0",
            "less than max_log_snr, 5.0"),
        wrong(b -> b.setClassLabel(3), "class_label", "3", "an integer from 0 to 2"),
        wrong(b -> b.setClassLabel(-1), "class_label", "-1", "an integer from 0 to 2"),
        wrong(b -> b.setClassName("Hat"), "class_name", "Hat", "T-shirt, Trouser, Ankle boot"),
        wrong(
            b -> b.setSamplerValue(9),
            "sampler",
            "9",
            "ancestral (1), ddim (2), dpmpp_2m (3), heun (4)"),
        wrong(b -> b.setModel("digits"), "model", "digits", "fashion"));
  }

  static Stream<Arguments> wrongSampling() {
    return Stream.of(
        wrong(
            b -> b.setScheduleValue(4), "schedule", "4", "cosine (1), linear_log_snr (2), edm (3)"),
        wrong(b -> b.setEta(1.5), "eta", "1.5", "a number from 0 to 1"),
        wrong(
            b -> b.setSampler(Sampler.SAMPLER_HEUN).setEta(0.5),
            "eta",
            "0.5",
            "left out unless the sampler is ddim"),
        wrong(b -> b.setGuidanceRescale(-0.1), "guidance_rescale", "-0.1", "a number from 0 to 1"),
        wrong(
            b -> b.setDynamicThreshold(0.4), "dynamic_threshold", "0.4", "a number from 0.5 to 1"),
        wrong(
            b -> b.getGuidanceProjectionBuilder().setEta(Double.NaN),
            "guidance_projection.eta",
            "NaN",
            "a number from 0 to 1"),
        wrong(
            b -> b.getGuidanceProjectionBuilder().setNormLimit(0),
            "guidance_projection.norm_limit",
            "0.0",
            "a number above 0, at most 1000000"),
        wrong(
            b -> b.getGuidanceProjectionBuilder().setMomentum(-1),
            "guidance_projection.momentum",
            "-1.0",
            "a number from -0.9 to 0.9"));
  }

  static Stream<Arguments> wrongUrgency() {
    return Stream.of(
        wrong(
            b -> b.setPriorityValue(4),
            "priority",
            "4",
            "interactive (1), standard (2), batch (3)"),
        wrong(
            b -> b.setDeadline(deadline(NOW)),
            "deadline",
            "2026-03-04T05:06:07Z",
            DEADLINE_ALLOWED),
        wrong(
            b -> b.setDeadline(deadline(NOW.plus(Duration.ofHours(24)).plusNanos(1))),
            "deadline",
            "2026-03-05T05:06:07.000000001Z",
            DEADLINE_ALLOWED),
        wrong(
            b -> b.setDeadline(Timestamp.newBuilder().setSeconds(Long.MAX_VALUE).setNanos(-1)),
            "deadline",
            "9223372036854775807 s and -1 ns",
            DEADLINE_ALLOWED));
  }

  @ParameterizedTest
  @MethodSource({"wrong", "wrongSampling", "wrongUrgency"})
  void wrongField_isNamedWithValueAndWhatIsAllowed(
      Consumer<JobSpec.Builder> change, FieldProblem problem) {
    publish("fashion");

    assertThat(problems(asked(change))).containsExactly(problem);
  }

  @Test
  void everyProblem_isToldAtOnce_afterThoseOfReading() {
    publish("fashion");
    FieldProblem unread = new FieldProblem("steps", "5", "no such field");
    JobSpec spec =
        JobSpec.newBuilder().setNumImages(0).setGuidanceScale(0).setClassLabel(7).build();

    assertThat(problems(new Submission(Optional.empty(), spec, List.of(unread))))
        .extracting(FieldProblem::field)
        .containsExactly("steps", "num_images", "guidance_scale", "class_label");
  }

  @Test
  void noModelPublished_isUnavailable() {
    assertThat(refusal(asked(b -> {})))
        .isInstanceOfSatisfying(
            Refusal.Unavailable.class,
            r -> {
              assertThat(r.detail()).contains("no checkpoint is published yet");
              assertThat(r.retryAfterSeconds()).isPositive();
            });
  }

  @Test
  void severalModels_andNoneNamed_namesThem() {
    publish("fashion");
    publish("digits");

    assertThat(problems(asked(b -> {})))
        .containsExactly(
            new FieldProblem("model", "left out", "one of digits, fashion; there is no default"));
  }

  @Test
  void configuredDefault_notPublished_isUnavailable() {
    ModelCatalog configured = new ModelCatalog(Optional.of("digits"), CLOCK);
    configured.accept(record("fashion"));
    RefusalException refused =
        catchThrowableOfType(
            RefusalException.class,
            () -> new SpecResolver(configured, CLOCK).resolve("j1", asked(b -> {})));

    assertThat(refused.refusal())
        .isInstanceOf(Refusal.Unavailable.class)
        .extracting(Refusal::detail)
        .asString()
        .contains("'digits'", "fashion");
  }

  private static Arguments wrong(
      Consumer<JobSpec.Builder> change, String field, String value, String allowed) {
    return Arguments.of(change, new FieldProblem(field, value, allowed));
  }

  private static Timestamp deadline(Instant at) {
    return Timestamp.newBuilder().setSeconds(at.getEpochSecond()).setNanos(at.getNano()).build();
  }

  private static GuidanceInterval interval(double min, double max) {
    return GuidanceInterval.newBuilder().setMinLogSnr(min).setMaxLogSnr(max).build();
  }

  private static Submission asked(Consumer<JobSpec.Builder> change) {
    JobSpec.Builder spec = JobSpec.newBuilder();
    change.accept(spec);
    return new Submission(Optional.empty(), spec.build(), List.of());
  }

  private List<FieldProblem> problems(Submission submission) {
    Refusal refusal = refusal(submission);
    assertThat(refusal).isInstanceOf(Refusal.Invalid.class);
    return ((Refusal.Invalid) refusal).problems();
  }

  private Refusal refusal(Submission submission) {
    return catchThrowableOfType(RefusalException.class, () -> resolver.resolve("j1", submission))
        .refusal();
  }

  private void publish(String model) {
    catalog.accept(record(model));
  }

  private static ConsumerRecord<String, byte[]> record(String model) {
    return new ConsumerRecord<>(
        Topics.CONTROL, 0, 0, model, Samples.published(model, Samples.card()).toByteArray());
  }
}
