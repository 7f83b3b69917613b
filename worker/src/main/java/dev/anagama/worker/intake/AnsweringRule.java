package dev.anagama.worker.intake;

import dev.anagama.platform.kafka.CloudEventRecords;
import dev.anagama.worker.publish.StoredEnd;
import java.util.Optional;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides which record tells of the end of a job.
 *
 * <p><b>Exactly one terminal event for each job id.</b> Three facts make it so:
 *
 * <ol>
 *   <li>A terminal event and the finish of the record that it answers are committed in one
 *       transaction, fenced by the group's generation. Which records are finished is exact, also
 *       beyond the watermark ({@link CommittedProgress}). So a record whose event was committed is
 *       never met again, and one that is met again has told of nothing.
 *   <li>All records of a job id are in one partition (it is the key), so one worker at a time holds
 *       them all, and meets them in order.
 *   <li>The job's record in the object store, which holds the terminal event, is stored once and
 *       before the event is sent.
 * </ol>
 *
 * <p>The rule that follows: <b>the first record of a job id answers for it, the others are finished
 * in silence.</b> A record whose job is in hand is not the first. A record whose job has not ended
 * is the first: it is done. A record whose job has ended is either the first, met again after a
 * crash between store and commit (then the stored event is sent), or a duplicate. If the stored job
 * is another than the record's, it is a duplicate; if they are equal to the last field (a sender
 * that sent twice, or the very record), its partition is read from when the job was accepted to see
 * which comes first. The rule assumes that the number of partitions does not change while jobs are
 * repeated; otherwise two records of one id could each be the first of their partition.
 */
final class AnsweringRule {
  private static final Logger log = LoggerFactory.getLogger(AnsweringRule.class);

  private final FirstRecord firstRecord;

  AnsweringRule(FirstRecord firstRecord) {
    this.firstRecord = firstRecord;
  }

  /**
   * What the record that was taken tells of a job that has ended.
   *
   * @return the terminal event as it is stored; empty for a duplicate
   * @throws KafkaException if that can not be decided now
   */
  Optional<ProducerRecord<String, byte[]>> event(StoredEnd end) {
    boolean answers =
        end.writtenHere()
            || (end.record().getJob().equals(end.taken().job())
                && firstRecord.isFirst(end.taken()));
    if (!answers) {
      log.info("{}: a duplicate of a job that has ended, finished in silence", end.taken());
      return Optional.empty();
    }
    return Optional.of(CloudEventRecords.of(end.record().getTerminalEvent()));
  }
}
