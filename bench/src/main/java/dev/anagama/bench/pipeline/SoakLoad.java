package dev.anagama.bench.pipeline;

import dev.anagama.bench.BenchJob;
import dev.anagama.bench.LoadThread;
import dev.anagama.contract.ResultKeys;
import dev.anagama.platform.objectstore.ObjectStore;
import dev.anagama.platform.objectstore.StoredObject;
import dev.anagama.v1.GuidanceInterval;
import dev.anagama.v1.JobEvent;
import dev.anagama.v1.Sampler;
import dev.anagama.v1.Schedule;
import dev.anagama.v1.StoredImage;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;

/**
 * Keeps a service full: so many jobs of all kinds are always on their way. Every end is checked
 * against what is stored, and then the job's objects are deleted, so that the disk does not fill.
 */
final class SoakLoad implements AutoCloseable {
  /** Jobs on their way at any time. */
  static final int IN_FLIGHT = 128;

  private static final String ID = "soak-";
  private static final List<Integer> STEPS = List.of(10, 16, 24, 32, 50);
  private static final GuidanceInterval MIDDLE =
      GuidanceInterval.newBuilder().setMinLogSnr(-5).setMaxLogSnr(5).build();

  private final JobClient client;
  private final ObjectStore store;
  private final String model;
  private final int classes;
  private final RandomGenerator random;
  private final Semaphore places = new Semaphore(IN_FLIGHT);
  private final Map<String, Long> openSinceNanos = new ConcurrentHashMap<>();
  private final AtomicLong submitted = new AtomicLong();
  private final AtomicLong ended = new AtomicLong();
  private final AtomicLong images = new AtomicLong();
  private final AtomicLong failed = new AtomicLong();
  private final AtomicLong duplicates = new AtomicLong();
  private final LoadThread thread;

  /** Touched by the thread that hears the ends alone. */
  private final BitSet endedNumbers = new BitSet();

  /**
   * Makes a load that has not begun.
   *
   * @param classes of the model
   */
  SoakLoad(JobClient client, ObjectStore store, String model, int classes, RandomGenerator random) {
    this.client = client;
    this.store = store;
    this.model = model;
    this.classes = classes;
    this.random = random;
    this.thread = new LoadThread("bench-soak-load", this::run);
  }

  void begin() {
    thread.begin();
  }

  long ended() {
    return ended.get();
  }

  long images() {
    return images.get();
  }

  /** Jobs that did not succeed, or whose images are not what their event says. */
  long failed() {
    return failed.get();
  }

  /** Terminal events beyond one for each job. */
  long duplicates() {
    return duplicates.get();
  }

  /** Jobs that were submitted that long ago and have not ended. */
  long openFor(long nanos) {
    long now = System.nanoTime();
    return openSinceNanos.values().stream().filter(since -> now - since >= nanos).count();
  }

  /** What has ended the load before it was closed. */
  Optional<Throwable> failure() {
    return thread.failure();
  }

  /** Submits no more jobs. */
  @Override
  public void close() {
    thread.close();
  }

  private void run() throws InterruptedException {
    while (thread.goesOn()) {
      if (places.tryAcquire(100, TimeUnit.MILLISECONDS)) {
        String id = ID + submitted.incrementAndGet();
        openSinceNanos.put(id, System.nanoTime());
        client.submit(id, next());
      }
    }
  }

  /** One of all kinds of jobs. */
  private BenchJob next() {
    return new BenchJob(
        model,
        random.nextInt(classes),
        1 + random.nextInt(4),
        random.nextLong(1L << 53),
        STEPS.get(random.nextInt(STEPS.size())),
        1 + random.nextInt(4),
        random.nextInt(3) == 0 ? Optional.of(MIDDLE) : Optional.empty(),
        random.nextBoolean() ? Sampler.SAMPLER_DDIM : Sampler.SAMPLER_ANCESTRAL,
        Schedule.SCHEDULE_COSINE);
  }

  /** Takes one end; to be called by one thread. */
  void end(JobEvent event) {
    int number = Integer.parseInt(event.getJobId().substring(ID.length()));
    if (endedNumbers.get(number)) {
      duplicates.incrementAndGet();
      return;
    }
    endedNumbers.set(number);
    if (event.hasSucceeded() && stored(event)) {
      images.addAndGet(event.getSucceeded().getImagesCount());
    } else {
      failed.incrementAndGet();
    }
    store.delete(ResultKeys.manifest(event.getTenant(), event.getJobId()));
    openSinceNanos.remove(event.getJobId());
    ended.incrementAndGet();
    places.release();
  }

  private boolean stored(JobEvent event) {
    boolean whole = true;
    for (StoredImage image : event.getSucceeded().getImagesList()) {
      Optional<StoredObject> found = store.head(image.getKey());
      whole &= found.filter(object -> object.sha256().equals(image.getSha256())).isPresent();
      store.delete(image.getKey());
    }
    return whole;
  }
}
