package dev.anagama.worker.engine;

import dev.anagama.v1.FailureCategory;
import dev.anagama.worker.publish.FinishedJob;
import dev.anagama.worker.publish.JobReporter;
import dev.anagama.worker.publish.Publisher;
import dev.anagama.worker.publish.TakenJob;
import dev.anagama.worker.schedule.Choice;
import dev.anagama.worker.schedule.RowPool;
import dev.anagama.worker.schedule.Urgency;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes jobs from noise to pictures, at its own pace. Its one thread owns the device; others hand
 * it jobs and commands through bounded queues and it looks at them between two steps.
 *
 * <p><b>Joining.</b> A job's images begin at the next step boundary that has room, beside the rows
 * of other jobs, of other schedules, at other steps: the network takes one noise level per row. No
 * job waits for a running group to finish. What an image becomes does not depend on its neighbours.
 *
 * <p><b>Which rows step</b> is decided by {@link dev.anagama.worker.schedule.Roster}.
 *
 * <p><b>Failures.</b> A step that runs out of memory is tried again with half the model's row
 * limit, and loses nothing; the limit stays halved for this version of the model. A step that fails
 * otherwise ends the attempt at each of its jobs, and the engine goes on: whether a job is tried
 * again is for others to say. An error between steps ends the engine: see {@link #failure}.
 */
public final class Engine implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Engine.class);

  private static final int COMMANDS = 256;
  private static final long IDLE_WAIT_MILLIS = 100;
  private static final long SUBMIT_LOOK_MILLIS = 100;
  private static final long REPORT_NANOS = TimeUnit.MILLISECONDS.toNanos(250);
  private static final Duration CLOSE = Duration.ofSeconds(60);

  private final String worker;
  private final EngineLimits limits;
  private final Publisher publisher;
  private final JobReporter reporter;
  private final Clock clock;

  /**
   * The moment of {@link #bornNanos}: deadlines that are equal stay so on the engine's clock, and
   * no later correction of the wall clock moves one.
   */
  private final Clock born;

  private final long bornNanos = System.nanoTime();
  private final Thread thread;

  private final BlockingQueue<EngineCommand> commands = new ArrayBlockingQueue<>(COMMANDS);
  private final BlockingQueue<TakenJob> arrivals;

  /** Jobs that were handed over and have not begun, by {@link Urgency#priority}. */
  private final AtomicIntegerArray waiting = new AtomicIntegerArray(Urgency.BATCH + 1);

  private final Semaphore news = new Semaphore(0);
  private volatile boolean draining;
  private volatile boolean stopping;
  private volatile boolean ended;
  private volatile int running;
  private volatile EngineReport report = EngineReport.START;
  private volatile @Nullable Throwable failure;

  // What follows is the engine's thread's alone.
  private final ModelTable models = new ModelTable();
  private final JobTable jobs;
  private final NoiseAhead noise;

  private Engine(
      String worker,
      String place,
      EngineLimits limits,
      Publisher publisher,
      JobReporter reporter,
      Clock clock) {
    this.worker = worker;
    this.limits = limits;
    this.publisher = publisher;
    this.reporter = reporter;
    this.clock = clock;
    this.born = Clock.fixed(clock.instant(), ZoneOffset.UTC);
    this.arrivals = new ArrayBlockingQueue<>(limits.waitingJobs());
    this.jobs = new JobTable(limits.unknownModelHold(), limits.expectedModelHold());
    this.noise = new NoiseAhead("anagama-noise-" + place);
    this.thread = new Thread(this::run, "anagama-engine-" + place);
  }

  /**
   * Starts the engine's thread; there are no models yet.
   *
   * @param worker the worker's name, as events give it
   * @param place the device's name, for the names of threads: a worker has an engine for each
   */
  public static Engine start(
      String worker,
      String place,
      EngineLimits limits,
      Publisher publisher,
      JobReporter reporter,
      Clock clock) {
    Engine engine = new Engine(worker, place, limits, publisher, reporter, clock);
    engine.thread.start();
    return engine;
  }

  /**
   * Hands over a job if there is room for it to wait; to be called by one thread alone. It ends at
   * the publisher, unless its lease ends before, or the engine stops.
   *
   * @return whether the engine has it now
   */
  public boolean offer(TakenJob job) {
    // One thread offers, so what is free now is still free in the next line.
    if (draining || ended || waiting() >= limits.waitingJobs()) {
      return false;
    }
    waiting.incrementAndGet(JobUrgency.priority(job.job().getSpec().getPriority()));
    arrivals.add(job);
    news.release();
    return true;
  }

  /**
   * Asks for something; waits for a step to end if too many commands are outstanding. An engine
   * that has ended takes none: it drops the command, and frees the network that comes with it.
   */
  public void submit(EngineCommand command) throws InterruptedException {
    while (!commands.offer(command, SUBMIT_LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
      if (ended) {
        drop(command);
        return;
      }
    }
    news.release();
    if (ended) {
      // The engine may have looked for the last time before the command was there.
      dropCommands();
    }
  }

  /** A lease has ended; its jobs are dropped before the next step. */
  public void leasesChanged() {
    news.release();
  }

  /** Jobs that have not begun are dropped and none begins any more; those that run are finished. */
  public void drain() {
    draining = true;
    news.release();
  }

  /** Jobs of a class that were handed over and have not begun. */
  public int waiting(int priority) {
    return waiting.get(priority);
  }

  /** Jobs that may wait; none, if it takes none any more. */
  public int waitingPlaces() {
    return draining || ended ? 0 : limits.waitingJobs();
  }

  /** Jobs that have begun and are not with the publisher yet. */
  public int running() {
    return running;
  }

  /** What was done so far. */
  public EngineReport report() {
    return report;
  }

  /** What ended the engine, if it did not end by {@link #close}. */
  public Optional<Throwable> failure() {
    return Optional.ofNullable(failure);
  }

  /** Stops after the step at hand and frees the device. Jobs that are not finished are dropped. */
  @Override
  public void close() {
    stopping = true;
    news.release();
    try {
      thread.join(CLOSE.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (thread.isAlive()) {
      log.warn("a step takes longer than {}; the engine's thread is left behind", CLOSE);
    }
  }

  private void run() {
    try {
      while (!stopping) {
        if (!cycle()) {
          awaitNews();
        }
      }
    } catch (InterruptedException e) {
      log.info("the engine was interrupted");
    } catch (RuntimeException | Error e) {
      failure = e;
      log.error("the engine has failed and takes no more steps", e);
    } finally {
      noise.close();
      ended = true;
      dropCommands();
      models.close();
    }
  }

  private void dropCommands() {
    for (EngineCommand command; (command = commands.poll()) != null; ) {
      drop(command);
    }
  }

  private static void drop(EngineCommand command) {
    if (command instanceof EngineCommand.Serve serve) {
      serve.served().memory().run();
    }
  }

  private void awaitNews() throws InterruptedException {
    long startNanos = System.nanoTime();
    if (news.tryAcquire(IDLE_WAIT_MILLIS, TimeUnit.MILLISECONDS)) {
      news.drainPermits();
    }
    report = report.plusIdle(System.nanoTime() - startNanos);
  }

  /**
   * One step of every chosen row.
   *
   * @return whether there was one to take
   */
  private boolean cycle() throws InterruptedException {
    final long startNanos = System.nanoTime();

    // 1. Commands, and jobs that have come; then jobs that are not ours any more, or too late. A
    // job is handed over before anybody can cancel it, so commands are counted first and done last.
    int asked = commands.size();
    int[] waitingBefore = jobs.waiting();
    for (TakenJob taken; (taken = arrivals.poll()) != null; ) {
      Urgency urgency = JobUrgency.of(taken.job().getSpec(), born, bornNanos);
      waitingBefore[urgency.priority()]++;
      jobs.arrive(taken, urgency, startNanos);
    }
    for (; asked > 0; asked--) {
      apply(commands.remove());
    }
    jobs.remove(job -> job.taken().lease().ended() || (draining && !job.begun()));
    jobs.expire(startNanos).forEach(job -> publisher.publish(new FinishedJob.Expired(job.taken())));

    // 2. Jobs that wait are planned by the models as they are now; what can not be done ends here.
    jobs.plan(models, startNanos).forEach(publisher::publish);
    models.closeUnused();

    // 3. Rows for this step; images of jobs that wait join here.
    boolean roomForResults = publisher.imagesHeld() < limits.finishedImages();
    Optional<Choice<ActiveJob>> choice = jobs.choose(startNanos, roomForResults);
    List<Row> rows = choice.map(Engine::rows).orElse(List.of());
    Set<ActiveJob> moved = new LinkedHashSet<>();
    rows.forEach(row -> moved.add(row.job()));
    moved.stream().filter(job -> !job.begun()).forEach(job -> begin(job, startNanos));
    countWaiting(waitingBefore);
    running = jobs.begun();
    if (choice.isEmpty()) {
      return false;
    }

    // 4. One forward pass over rows of all schedule groups. 5. Guidance, and each row's step.
    List<ModelRun.Picture> pictures;
    try {
      pictures = rows.get(0).plan().run().step(rows, noise);
    } catch (RuntimeException | OutOfMemoryError e) {
      recover(choice.get(), moved, e);
      return true;
    }

    // 6. Finished jobs go to publishing; and everybody hears how far they are.
    pictures.forEach(picture -> picture.row().job().finish(picture.row(), picture.pixels()));
    List<ActiveJob> finished = jobs.stepped(choice.get(), System.nanoTime() - startNanos);
    finished.forEach(job -> publisher.publish(job.generated(worker)));
    running = jobs.begun();
    long endNanos = System.nanoTime();
    for (ActiveJob job : moved) {
      if (job.reportDue(endNanos, REPORT_NANOS) || finished.contains(job)) {
        reporter.progress(job.taken(), job.stepsDone(), job.stepsTotal(), job.imagesDone());
      }
    }
    report = report.plusBusy(endNanos - startNanos, choice.get().networkRows());
    return true;
  }

  private int waiting() {
    int all = 0;
    for (int priority = 0; priority < waiting.length(); priority++) {
      all += waiting.get(priority);
    }
    return all;
  }

  private void countWaiting(int[] before) {
    int[] now = jobs.waiting();
    for (int priority = 0; priority < now.length; priority++) {
      waiting.addAndGet(priority, now[priority] - before[priority]);
    }
  }

  private void apply(EngineCommand command) {
    if (command instanceof EngineCommand.OfModel ofModel) {
      models.apply(ofModel);
    } else if (command instanceof EngineCommand.Cancel cancel) {
      jobs.remove(job -> job.taken().id().equals(cancel.jobId()))
          .forEach(job -> publisher.publish(new FinishedJob.Canceled(job.taken())));
    }
  }

  private void begin(ActiveJob job, long nowNanos) {
    job.begin(clock.instant());
    job.plan().run().addJob();
    report = report.plusQueued(nowNanos - job.taken().takenNanos());
    reporter.started(job.taken(), clock.instant());
  }

  private static List<Row> rows(Choice<ActiveJob> choice) {
    return choice.rows().stream().map(row -> row.job().row(row.image())).toList();
  }

  private void recover(Choice<ActiveJob> choice, Set<ActiveJob> moved, Throwable cause) {
    RowPool pool = choice.pool();
    if (DeviceMemory.exhausted(cause) && pool.halveLimit()) {
      log.warn(
          "{}: out of memory, {} rows a step from now on: {}",
          pool,
          pool.rowLimit(),
          cause.toString());
      return;
    }
    log.error("a step on {} has failed and ends {}", pool, moved, cause);
    for (ActiveJob job : jobs.remove(moved::contains)) {
      publisher.publish(
          new FinishedJob.AttemptFailed(
              job.taken(),
              JobTable.failure(
                  FailureCategory.FAILURE_CATEGORY_INTERNAL, "a step failed: " + cause)));
    }
  }
}
