package dev.anagama.worker.intake;

import dev.anagama.platform.kafka.CloudEventRecords;
import dev.anagama.v1.JobFailed;
import dev.anagama.v1.JobRecord;
import dev.anagama.worker.publish.StoredEnd;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides which record on Kafka tells of the end of a job. A job id may have many: its sender sent
 * twice, or changed its priority and thereby the topic.
 *
 * <p><b>The rule: the record that the stored end names as its source tells the terminal event; all
 * others are finished in silence.</b> That makes exactly one terminal event for each job id, by
 * four facts:
 *
 * <ol>
 *   <li>A job's record in the object store is stored once, and holds the terminal event and the one
 *       source S: the record that was taken by the attempt that stored it.
 *   <li>No record of a job is finished before there is a stored end. (What is no job at all is
 *       finished by a dead letter, and has no end.) A record whose job is in hand here by another
 *       of its records is kept until that one's end is stored.
 *   <li>The terminal event and the finish of S are committed in one transaction, fenced by the
 *       group's generation and the producer's epoch. Which records are finished is exact, also
 *       beyond the watermark ({@link CommittedProgress}), so S is finished by one commit.
 *   <li>A record that is not finished is met again by whoever holds its partition.
 * </ol>
 *
 * <p>At most one event: only S tells, once, by (1) and (3). At least one: by (2) S was not finished
 * when its end was stored, so by (4) somebody holds it or will, finds what is stored, and tells.
 * Hence in particular:
 *
 * <ul>
 *   <li><i>Identical copies</i> differ in their offsets, and only one of them is S.
 *   <li><i>Copies in another partition or topic</i> may be done by two workers at once. One stores
 *       its end, the other finds it there and is silent. Partitions may be added meanwhile.
 *   <li><i>A zombie</i>, which stores an end under a lease that has ended, can not tell it; the
 *       record is unfinished or in the hand of the partition's next holder, who finds the zombie's
 *       end in the store, with that very record as its source.
 *   <li><i>A crash between store and commit</i> leaves S unfinished and its end stored.
 * </ul>
 *
 * <p>It holds for as long as the stored end is kept: whoever deletes results after a time must keep
 * them for longer than Kafka keeps the records of jobs.
 */
final class AnsweringRule {
  private static final Logger log = LoggerFactory.getLogger(AnsweringRule.class);

  private final DeadLetters letters;

  AnsweringRule(DeadLetters letters) {
    this.letters = letters;
  }

  /**
   * What a record tells of its job's end: the terminal event and, if that says so, a dead letter;
   * or nothing.
   */
  List<ProducerRecord<String, byte[]>> told(HeldJob job, JobRecord ended) {
    Optional<ProducerRecord<String, byte[]>> event = event(new StoredEnd(job.taken(), ended));
    JobFailed failure = ended.getTerminalEvent().getFailed();
    return event.isPresent() && failure.getDeadLettered()
        ? List.of(event.get(), letters.of(job, failure))
        : event.stream().toList();
  }

  /**
   * What the record that was taken tells of a job that has ended.
   *
   * @return the terminal event as it is stored; empty for another record of the job
   */
  static Optional<ProducerRecord<String, byte[]>> event(StoredEnd end) {
    if (!answers(end)) {
      log.info("{}: a duplicate of a job that has ended, finished in silence", end.taken());
      return Optional.empty();
    }
    return Optional.of(CloudEventRecords.of(end.record().getTerminalEvent()));
  }

  private static boolean answers(StoredEnd end) {
    JobRecord record = end.record();
    // Records that were stored before they had a source: the same job is taken for the same record.
    return record.hasSource()
        ? record.getSource().equals(end.taken().source())
        : record.getJob().equals(end.taken().job());
  }
}
