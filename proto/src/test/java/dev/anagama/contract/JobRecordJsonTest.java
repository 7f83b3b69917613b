package dev.anagama.contract;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import dev.anagama.v1.FailureCategory;
import dev.anagama.v1.JobEvent;
import dev.anagama.v1.JobFailed;
import dev.anagama.v1.JobRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * The durable form of an ended job, {@code manifest.json}: what was stored once must be read for
 * ever, so the golden files are never edited, only added to.
 */
class JobRecordJsonTest {
  private static final Path SUCCEEDED = Path.of("src/test/resources/job-record-succeeded.json");
  private static final Path FAILED = Path.of("src/test/resources/job-record-failed.json");
  private static final Path CANCELED = Path.of("src/test/resources/job-record-canceled.json");
  private static final Path EXPIRED = Path.of("src/test/resources/job-record-expired.json");

  @Test
  void succeeded_golden_isParsedAndPrintedTheSame() throws IOException {
    assertThat(print(parse(SUCCEEDED))).isEqualTo(Files.readString(SUCCEEDED));
  }

  @Test
  void succeeded_golden_setsEveryField() throws IOException {
    List<String> unset = new ArrayList<>();
    collectUnset(parse(SUCCEEDED), "", unset);

    assertThat(unset).as("fields that the golden record leaves out").isEmpty();
  }

  @Test
  void failed_golden_isParsedAndPrintedTheSame() throws IOException {
    JobRecord record = parse(FAILED);

    assertThat(print(record)).isEqualTo(Files.readString(FAILED));
    assertThat(record.getTerminalEvent().getFailed())
        .isEqualTo(
            JobFailed.newBuilder()
                .setCategory(FailureCategory.FAILURE_CATEGORY_INVALID)
                .setMessage("model is 'gone'; allowed: a published model")
                .build());
  }

  @Test
  void canceled_golden_isParsedAndPrintedTheSame() throws IOException {
    JobRecord record = parse(CANCELED);

    assertThat(print(record)).isEqualTo(Files.readString(CANCELED));
    assertThat(record.getTerminalEvent().getCanceled().getReason())
        .isEqualTo("requested by the caller");
  }

  @Test
  void expired_golden_isParsedAndPrintedTheSame() throws IOException {
    JobRecord record = parse(EXPIRED);

    assertThat(print(record)).isEqualTo(Files.readString(EXPIRED));
    assertThat(record.getTerminalEvent().getExpired().getDeadline())
        .isEqualTo(record.getJob().getSpec().getDeadline());
  }

  @Test
  void seed_largestAllowed_survivesWhole() throws IOException {
    assertThat(parse(SUCCEEDED).getJob().getSpec().getSeed()).isEqualTo((1L << 53) - 1);
  }

  @Test
  void zeros_setByTheCaller_areNotLost() throws IOException {
    JobRecord record = parse(FAILED);

    assertThat(record.getJob().getSpec().hasSeed()).isTrue();
    assertThat(record.getJob().getSpec().getSeed()).isZero();
    assertThat(record.getJob().getSpec().hasClassLabel()).isTrue();
    assertThat(record.getJob().getSpec().getClassLabel()).isZero();
  }

  @Test
  void fields_fromALaterVersion_canBePassedOver() throws IOException {
    JobEvent.Builder event = JobEvent.newBuilder();

    JsonFormat.parser()
        .ignoringUnknownFields()
        .merge("{\"jobId\": \"j1\", \"invented\": {\"later\": [1]}}", event);

    assertThat(event.getJobId()).isEqualTo("j1");
  }

  private static JobRecord parse(Path file) throws IOException {
    JobRecord.Builder record = JobRecord.newBuilder();
    JsonFormat.parser().merge(Files.readString(file), record);
    return record.build();
  }

  private static String print(JobRecord record) throws IOException {
    return JsonFormat.printer().print(record) + "\n";
  }

  /** Of a oneof, one member is enough. */
  private static void collectUnset(Message message, String path, List<String> unset) {
    for (FieldDescriptor field : message.getDescriptorForType().getFields()) {
      String name = path + field.getName();
      if (field.isRepeated()) {
        if (message.getRepeatedFieldCount(field) == 0) {
          unset.add(name);
        }
        for (int i = 0; i < message.getRepeatedFieldCount(field); i++) {
          descend(message.getRepeatedField(field, i), name + "[" + i + "].", unset);
        }
      } else if (field.getRealContainingOneof() != null && !message.hasField(field)) {
        if (!message.hasOneof(field.getRealContainingOneof())) {
          unset.add(name);
        }
      } else if (!message.hasField(field)) {
        // Index 0 and a whole second are proper values that this kind of field can not show as set.
        if (!name.endsWith("[0].index")) {
          unset.add(name);
        }
      } else {
        descend(message.getField(field), name + ".", unset);
      }
    }
  }

  private static void descend(Object value, String path, List<String> unset) {
    if (value instanceof Message message) {
      collectUnset(message, path, unset);
    }
  }
}
