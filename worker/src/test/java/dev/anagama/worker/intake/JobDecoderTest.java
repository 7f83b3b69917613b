package dev.anagama.worker.intake;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Timestamp;
import dev.anagama.contract.Topics;
import dev.anagama.v1.GenerationJob;
import dev.anagama.v1.JobSpec;
import dev.anagama.worker.intake.JobDecoder.Decoded;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class JobDecoderTest {
  private static final GenerationJob JOB =
      GenerationJob.newBuilder().setJobId("j1").setTenant("default").build();

  @Test
  void job_isRead() {
    assertThat(decode("j1", JOB.toByteArray())).isEqualTo(new Decoded.Job(JOB));
  }

  @Test
  void fieldsOfALaterVersion_areDropped() {
    byte[] later =
        (new String(JOB.toByteArray(), StandardCharsets.ISO_8859_1) + "\u00f8\u0006\u0001")
            .getBytes(StandardCharsets.ISO_8859_1);

    assertThat(decode("j1", later)).isEqualTo(new Decoded.Job(JOB));
  }

  @Test
  void whatIsNoJob_isPoison() {
    assertThat(reason("j1", null)).contains("no value");
    assertThat(reason("j1", new byte[] {1, 2, 3})).contains("not a GenerationJob");
    assertThat(reason("../j", JOB.toBuilder().setJobId("../j").build().toByteArray()))
        .contains("job_id is '../j'");
    assertThat(reason("j1", JOB.toBuilder().setTenant("").build().toByteArray()))
        .contains("tenant is ''");
    Timestamp never = Timestamp.newBuilder().setNanos(-1).build();
    assertThat(reason("j1", JOB.toBuilder().setAcceptedAt(never).build().toByteArray()))
        .contains("accepted_at or deadline");
    JobSpec spec = JobSpec.newBuilder().setDeadline(never).build();
    assertThat(reason("j1", JOB.toBuilder().setSpec(spec).build().toByteArray()))
        .contains("accepted_at or deadline");
  }

  @Test
  void keyOfAnotherJob_isPoison() {
    assertThat(reason("j2", JOB.toByteArray())).contains("the key is 'j2'");
    assertThat(reason(null, JOB.toByteArray())).contains("the key is 'null'");
  }

  private static String reason(@Nullable String key, byte @Nullable [] value) {
    return ((Decoded.Poison) decode(key, value)).reason();
  }

  private static Decoded decode(@Nullable String key, byte @Nullable [] value) {
    return JobDecoder.decode(new ConsumerRecord<>(Topics.JOBS, 0, 0, key, value));
  }
}
