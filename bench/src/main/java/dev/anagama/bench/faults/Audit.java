package dev.anagama.bench.faults;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import dev.anagama.contract.ResultKeys;
import dev.anagama.platform.objectstore.ListedObject;
import dev.anagama.platform.objectstore.ObjectPage;
import dev.anagama.platform.objectstore.ObjectStore;
import dev.anagama.platform.objectstore.Sha256;
import dev.anagama.v1.JobEvent;
import dev.anagama.v1.JobRecord;
import dev.anagama.v1.StoredImage;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Whether what was promised was kept.
 *
 * @param lost acknowledged jobs without a terminal event
 * @param duplicates terminal events beyond one for each job, by job id
 * @param unasked jobs with a terminal event that were never acknowledged
 * @param badObjects what is not as an event says, a sentence each
 * @param strays keys of results that no event names, though their job is not on its way any more
 */
public record Audit(
    List<String> lost,
    List<String> duplicates,
    List<String> unasked,
    List<String> badObjects,
    List<String> strays) {
  private static final String RESULTS = "results";

  /** Keeps its own copies. */
  public Audit {
    lost = List.copyOf(lost);
    duplicates = List.copyOf(duplicates);
    unasked = List.copyOf(unasked);
    badObjects = List.copyOf(badObjects);
    strays = List.copyOf(strays);
  }

  /** Looks at everything that the ledger holds. */
  public static Audit of(JobLedger ledger, ObjectStore store) {
    List<String> duplicates = new ArrayList<>();
    List<String> unasked = new ArrayList<>();
    List<String> badObjects = new ArrayList<>();
    for (Map.Entry<String, List<JobEvent>> job : ledger.ends().entrySet()) {
      for (int extra = 1; extra < job.getValue().size(); extra++) {
        duplicates.add(job.getKey());
      }
      if (!ledger.acknowledged().contains(job.getKey())) {
        unasked.add(job.getKey());
      }
      job.getValue().forEach(event -> badObjects.addAll(badObjects(event, store)));
    }
    return new Audit(ledger.open(), duplicates, unasked, badObjects, strays(ledger, store));
  }

  /** Whether there is nothing to find fault with. */
  public boolean clean() {
    return lost.isEmpty()
        && duplicates.isEmpty()
        && unasked.isEmpty()
        && badObjects.isEmpty()
        && strays.isEmpty();
  }

  /** A job that failed may have left images of an attempt behind; those of others are all named. */
  private static List<String> strays(JobLedger ledger, ObjectStore store) {
    Set<String> open = Set.copyOf(ledger.open());
    List<String> strays = new ArrayList<>();
    Optional<String> after = Optional.empty();
    do {
      ObjectPage page = store.list(RESULTS, after, ObjectStore.MAX_PAGE);
      for (ListedObject object : page.objects()) {
        // results/<tenant>/<job id>/<name>
        String id = object.key().split("/", -1)[2];
        boolean named =
            open.contains(id)
                || ledger.ends(id).stream().anyMatch(end -> mayBeOf(end, object.key()));
        if (!named) {
          strays.add(object.key());
        }
      }
      after = page.next();
    } while (after.isPresent());
    return strays;
  }

  private static boolean mayBeOf(JobEvent end, String key) {
    return !end.hasSucceeded()
        || key.equals(ResultKeys.manifest(end.getTenant(), end.getJobId()))
        || end.getSucceeded().getImagesList().stream()
            .anyMatch(image -> image.getKey().equals(key));
  }

  /** What of a terminal event the store does not bear out, a sentence each. */
  static List<String> badObjects(JobEvent event, ObjectStore store) {
    List<String> bad = new ArrayList<>();
    for (StoredImage image : event.getSucceeded().getImagesList()) {
      Optional<byte[]> bytes = store.get(image.getKey());
      if (bytes.isEmpty()) {
        bad.add(image.getKey() + " is missing");
      } else if (!Sha256.hex(bytes.get()).equals(image.getSha256())) {
        bad.add(image.getKey() + " is another than the event of its job names");
      }
    }
    String manifest = ResultKeys.manifest(event.getTenant(), event.getJobId());
    Optional<byte[]> json = store.get(manifest);
    if (json.isEmpty()) {
      bad.add(manifest + " is missing");
    } else if (!event.equals(terminalEvent(json.get()))) {
      bad.add(manifest + " holds another end than was told");
    }
    return bad;
  }

  private static JobEvent terminalEvent(byte[] json) {
    JobRecord.Builder record = JobRecord.newBuilder();
    try {
      JsonFormat.parser().merge(new String(json, StandardCharsets.UTF_8), record);
    } catch (InvalidProtocolBufferException e) {
      return JobEvent.getDefaultInstance();
    }
    return record.getTerminalEvent();
  }
}
