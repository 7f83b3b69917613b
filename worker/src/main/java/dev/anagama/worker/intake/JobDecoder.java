package dev.anagama.worker.intake;

import com.google.protobuf.DiscardUnknownFieldsParser;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Parser;
import com.google.protobuf.util.Timestamps;
import dev.anagama.contract.Identifiers;
import dev.anagama.v1.GenerationJob;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Reads jobs from records. */
final class JobDecoder {
  /**
   * Drops fields that this version does not know: the job's record, which is JSON, can not keep
   * them, and a job must equal the one in its own record.
   */
  private static final Parser<GenerationJob> PARSER =
      DiscardUnknownFieldsParser.wrap(GenerationJob.parser());

  private JobDecoder() {}

  /** What a record turned out to be. */
  sealed interface Decoded {
    /** A job with an id and an owner; whether it can be done is for others to say. */
    record Job(GenerationJob job) implements Decoded {}

    /**
     * No job, nor anything that an end could be told of.
     *
     * @param reason one sentence
     */
    record Poison(String reason) implements Decoded {}
  }

  static Decoded decode(ConsumerRecord<String, byte[]> record) {
    if (record.value() == null) {
      return new Decoded.Poison("the record has no value; allowed: a GenerationJob");
    }
    GenerationJob job;
    try {
      job = PARSER.parseFrom(record.value());
    } catch (InvalidProtocolBufferException e) {
      return new Decoded.Poison("the value is not a GenerationJob: " + e.getMessage());
    }
    try {
      Identifiers.requireId("job_id", job.getJobId());
      Identifiers.requireName("tenant", job.getTenant());
    } catch (IllegalArgumentException e) {
      return new Decoded.Poison(String.valueOf(e.getMessage()));
    }
    if (!Timestamps.isValid(job.getAcceptedAt())
        || !Timestamps.isValid(job.getSpec().getDeadline())) {
      // The job's record could not be written.
      return new Decoded.Poison(
          "accepted_at or deadline is out of range; allowed: the years 1 to 9999");
    }
    if (!job.getJobId().equals(record.key())) {
      // Records of one job must share a partition, or two workers may do it at once.
      return new Decoded.Poison(
          "the key is '%s'; allowed: the job_id, '%s'".formatted(record.key(), job.getJobId()));
    }
    return new Decoded.Job(job);
  }
}
