package dev.anagama.gateway.status;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import dev.anagama.contract.ResultKeys;
import dev.anagama.platform.objectstore.ObjectStore;
import dev.anagama.platform.objectstore.ObjectStoreException;
import dev.anagama.v1.JobRecord;
import dev.anagama.v1.StoredImage;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** What is stored of ended jobs. Every method reads the object store and blocks. */
public final class JobArchive {
  // A record may come from a later version, which knows more.
  private static final JsonFormat.Parser RECORDS = JsonFormat.parser().ignoringUnknownFields();

  private final ObjectStore store;
  private final String tenant;

  /** The archive of one tenant's jobs. */
  public JobArchive(ObjectStore store, String tenant) {
    this.store = store;
    this.tenant = tenant;
  }

  /**
   * An ended job.
   *
   * @throws ObjectStoreException if the store can not be read or what it holds is no record of a
   *     job
   */
  public Optional<JobEntry> find(String id) {
    String key = ResultKeys.manifest(tenant, id);
    return store.get(key).map(bytes -> entry(key, bytes));
  }

  /**
   * The bytes of an image; empty when they are not stored any more.
   *
   * @throws ObjectStoreException if the store can not be read
   */
  public Optional<byte[]> read(StoredImage image) {
    return store.get(image.getKey());
  }

  private static JobEntry entry(String key, byte[] json) {
    JobRecord.Builder record = JobRecord.newBuilder();
    try {
      RECORDS.merge(new String(json, StandardCharsets.UTF_8), record);
    } catch (InvalidProtocolBufferException e) {
      throw new ObjectStoreException("object '%s' is no record of a job".formatted(key), e);
    }
    return JobEntry.UNKNOWN
        .withJob(record.getJob(), JobPlace.STORED)
        .withTerminal(record.getTerminalEvent(), 0);
  }
}
