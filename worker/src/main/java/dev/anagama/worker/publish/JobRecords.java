package dev.anagama.worker.publish;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import dev.anagama.contract.ResultKeys;
import dev.anagama.platform.objectstore.ObjectStore;
import dev.anagama.platform.objectstore.ObjectStoreException;
import dev.anagama.platform.objectstore.Sha256;
import dev.anagama.v1.GenerationJob;
import dev.anagama.v1.JobRecord;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The durable records of ended jobs, one for each job id, as canonical Protobuf JSON. The first
 * record stored is the job's end for good.
 */
public final class JobRecords {
  private static final Logger log = LoggerFactory.getLogger(JobRecords.class);

  private static final String CONTENT_TYPE = "application/json";

  private final ObjectStore store;

  /** Keeps the records in {@code store}. */
  public JobRecords(ObjectStore store) {
    this.store = store;
  }

  /**
   * The record of a job.
   *
   * @return empty while the job has not ended
   * @throws ObjectStoreException if the store fails
   */
  public Optional<JobRecord> find(GenerationJob job) {
    String key = ResultKeys.manifest(job.getTenant(), job.getJobId());
    Optional<byte[]> json = store.get(key);
    if (json.isEmpty()) {
      return Optional.empty();
    }
    try {
      JobRecord.Builder record = JobRecord.newBuilder();
      // A later version of the worker may have written more than this one knows.
      JsonFormat.parser()
          .ignoringUnknownFields()
          .merge(new String(json.get(), StandardCharsets.UTF_8), record);
      return Optional.of(record.build());
    } catch (InvalidProtocolBufferException e) {
      requireWhole(key, json.get());
      // Objects are stored whole, so this was never ours. It must go: beside it no record can be
      // stored, and the job would never end.
      log.error("{} is not a job record and is removed: {}", key, e.getMessage());
      store.delete(key);
      return Optional.empty();
    }
  }

  /**
   * Stores a record where there is none.
   *
   * @return false if the job had one already
   * @throws ObjectStoreException if the store fails; the record may be there all the same
   */
  public boolean storeIfAbsent(JobRecord record) {
    GenerationJob job = record.getJob();
    String key = ResultKeys.manifest(job.getTenant(), job.getJobId());
    return store.putIfAbsent(key, json(record).getBytes(StandardCharsets.UTF_8), CONTENT_TYPE);
  }

  /** A store that answers a part of what it holds must not cost a job its end. */
  private void requireWhole(String key, byte[] read) {
    boolean whole =
        store.head(key).map(there -> there.sha256().equals(Sha256.hex(read))).orElse(false);
    if (!whole) {
      throw new ObjectStoreException("object '%s' was not read as it is stored".formatted(key));
    }
  }

  private static String json(JobRecord record) {
    try {
      return JsonFormat.printer().print(record);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("only records with Any fields can not be printed", e);
    }
  }
}
