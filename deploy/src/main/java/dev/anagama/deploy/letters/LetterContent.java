package dev.anagama.deploy.letters;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.Timestamps;
import dev.anagama.contract.Identifiers;
import dev.anagama.v1.GenerationJob;
import org.jspecify.annotations.Nullable;

/** What the value of a dead letter is. */
public sealed interface LetterContent {
  /** A job that can be told of: it has an id and an owner, and its times are times. */
  record Job(GenerationJob job) implements LetterContent {}

  /** Bytes in which this version finds no job. */
  record Undecodable(byte[] value) implements LetterContent {}

  /** Nothing: the record had no value, or one that was too long to be kept. */
  record Missing() implements LetterContent {}

  /** Reads a value. Fields that this version does not know are kept. */
  static LetterContent of(byte @Nullable [] value) {
    if (value == null) {
      return new Missing();
    }
    try {
      GenerationJob job = GenerationJob.parseFrom(value);
      boolean whole =
          Identifiers.ID.matcher(job.getJobId()).matches()
              && Identifiers.NAME.matcher(job.getTenant()).matches()
              && Timestamps.isValid(job.getAcceptedAt())
              && Timestamps.isValid(job.getSpec().getDeadline());
      return whole ? new Job(job) : new Undecodable(value);
    } catch (InvalidProtocolBufferException e) {
      return new Undecodable(value);
    }
  }
}
