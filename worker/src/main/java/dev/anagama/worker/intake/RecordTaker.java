package dev.anagama.worker.intake;

import dev.anagama.v1.FailureCategory;
import dev.anagama.v1.GenerationJob;
import dev.anagama.v1.JobFailed;
import dev.anagama.v1.JobRecord;
import dev.anagama.worker.publish.FinishedJob;
import dev.anagama.worker.publish.JobRecords;
import dev.anagama.worker.publish.Publisher;
import dev.anagama.worker.publish.TakenJob;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes records into the hand and says what they are: no job, a copy of one in hand, a job that has
 * ended, one that nobody wants, one that was begun too often, or one that is to begin. Used by one
 * thread.
 */
final class RecordTaker {
  private static final Logger log = LoggerFactory.getLogger(RecordTaker.class);

  private final JobsInHand inHand;
  private final StartOrder<HeldJob> starts;
  private final Ledger ledger;
  private final AnsweringRule rule;
  private final DeadLetters letters;
  private final JobRecords records;
  private final UnwantedJobs unwanted;
  private final Publisher publisher;

  RecordTaker(
      JobsInHand inHand,
      StartOrder<HeldJob> starts,
      Ledger ledger,
      DeadLetters letters,
      JobIntake.Neighbours neighbours) {
    this.inHand = inHand;
    this.starts = starts;
    this.ledger = ledger;
    this.letters = letters;
    this.rule = new AnsweringRule(letters);
    this.records = neighbours.records();
    this.unwanted = neighbours.unwanted();
    this.publisher = neighbours.publisher();
  }

  /**
   * Takes a record.
   *
   * @return false if the partition can have no more records in hand; then nothing has changed
   * @throws dev.anagama.platform.objectstore.ObjectStoreException if the store fails; the same
   * @throws org.apache.kafka.common.KafkaException if Kafka does not answer; the same
   */
  boolean take(
      Consumer<?, ?> consumer, HeldPartition partition, ConsumerRecord<String, byte[]> record) {
    long offset = record.offset();
    OffsetWatermark watermark = partition.watermark(consumer, offset);
    if (watermark.finished(offset)) {
      return true;
    }
    if (!watermark.hasRoom(offset)) {
      return false;
    }
    RecordPlace place = new RecordPlace(partition.lease(), watermark, offset);
    JobDecoder.Decoded decoded = JobDecoder.decode(record);
    if (decoded instanceof JobDecoder.Decoded.Poison poison) {
      log.warn("{} offset {}: {}", partition.lease(), offset, poison.reason());
      watermark.take(offset);
      ledger.finish(place, false, List.of(letters.poison(record, poison.reason())));
    } else if (decoded instanceof JobDecoder.Decoded.Job job) {
      TakenJob taken = new TakenJob(job.job(), partition.lease(), offset, System.nanoTime());
      Optional<JobRecord> ended = ended(job.job());
      watermark.take(offset);
      place(new HeldJob(taken, record, place), ended);
    }
    return true;
  }

  /** Looks once more at copies whose job is not in hand any more, for a while. */
  void takeLoose(long untilNanos) {
    for (HeldJob copy;
        (copy = inHand.peekLoose()) != null && System.nanoTime() - untilNanos < 0; ) {
      place(copy, ended(copy.taken().job()));
      inHand.removeLoose();
    }
  }

  /** One read of the store for each job: it costs less than a job that is done twice. */
  private Optional<JobRecord> ended(GenerationJob job) {
    return inHand.contains(job.getJobId()) ? Optional.empty() : records.find(job);
  }

  private void place(HeldJob job, Optional<JobRecord> ended) {
    if (inHand.contains(job.id())) {
      log.info("{}: another record of a job in hand, waits for its end", job);
      inHand.addCopy(job);
      return;
    }
    if (ended.isPresent()) {
      ledger.finish(job.place(), false, rule.told(job, ended.get()));
      return;
    }
    inHand.add(job);
    Optional<FinishedJob> end = unwanted.end(job.taken());
    if (end.isPresent()) {
      publisher.publish(end.get());
    } else if (job.attempts().exhausted()) {
      log.error("{}: was begun {} times and is given up", job, Attempts.LIMIT);
      publisher.publish(new FinishedJob.Failed(job.taken(), exhausted()));
    } else {
      if (job.attempts().suspect()) {
        log.warn("{}: was begun {} times without an end, runs alone", job, job.attempts().begun());
      }
      starts.add(job, job.attempts().suspect(), System.nanoTime());
    }
  }

  private static JobFailed exhausted() {
    return JobFailed.newBuilder()
        .setCategory(FailureCategory.FAILURE_CATEGORY_INTERNAL)
        .setMessage(
            "the job was begun %d times and no attempt came to an end: its workers have died or lost it"
                .formatted(Attempts.LIMIT))
        .setDeadLettered(true)
        .build();
  }
}
