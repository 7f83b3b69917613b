package dev.anagama.bench.faults;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A part of the service: the same program in one process after another. One thread at a time starts
 * and ends it; any thread may ask how it is.
 */
public final class Part implements AutoCloseable {
  private static final int LOG_LINES = 30;

  private final String name;
  private final JavaProcess.Spec spec;
  private final BooleanSupplier answers;
  private volatile @Nullable JavaProcess process;

  /**
   * A part that does not run yet.
   *
   * @param answers whether it does its work now
   */
  Part(String name, JavaProcess.Spec spec, BooleanSupplier answers) {
    this.name = name;
    this.spec = spec;
    this.answers = answers;
  }

  /** Its name. */
  public String name() {
    return name;
  }

  /** Starts it, if it does not run, and returns at once. */
  public void start() {
    if (!alive()) {
      stopped();
      process = JavaProcess.start(spec);
    }
  }

  /**
   * Waits until it does its work.
   *
   * @throws TimeoutException if it does not in time, or its process ends
   */
  public void awaitReady(Duration longest) throws InterruptedException, TimeoutException {
    try {
      Waiting.until(name, longest, () -> !alive() || answers.getAsBoolean());
    } catch (TimeoutException e) {
      throw new TimeoutException(e.getMessage() + "; its log ends:\n" + logEnd());
    }
    if (!alive()) {
      throw new TimeoutException(name + " has ended; its log ends:\n" + logEnd());
    }
  }

  /** Whether its process is there, perhaps paused. */
  public boolean alive() {
    JavaProcess now = process;
    return now != null && now.alive();
  }

  /** The process id; empty while it does not run. */
  OptionalLong runningPid() {
    JavaProcess now = process;
    return now != null && now.alive() ? OptionalLong.of(now.pid()) : OptionalLong.empty();
  }

  /** As {@code kill -9} does. */
  public void kill() throws InterruptedException {
    running().kill();
    stopped();
  }

  /** As {@code kill -STOP} does. */
  public void pause() throws InterruptedException {
    running().pause();
  }

  /** As {@code kill -CONT} does. */
  public void resume() throws InterruptedException {
    running().resume();
  }

  /**
   * As {@code kill} does.
   *
   * @throws TimeoutException if it does not end in time
   */
  public void terminate(Duration longest) throws InterruptedException, TimeoutException {
    if (!running().terminate(longest)) {
      throw new TimeoutException(
          "%s did not end in %d s; its log is %s".formatted(name, longest.toSeconds(), spec.log()));
    }
    stopped();
  }

  @Override
  public void close() {
    stopped();
  }

  private String logEnd() {
    try {
      List<String> lines = Files.readAllLines(spec.log());
      return String.join("\n", lines.subList(Math.max(0, lines.size() - LOG_LINES), lines.size()));
    } catch (IOException e) {
      return spec.log() + " can not be read: " + e;
    }
  }

  private JavaProcess running() {
    JavaProcess running = process;
    if (running == null) {
      throw new IllegalStateException(name + " does not run");
    }
    return running;
  }

  private void stopped() {
    JavaProcess last = process;
    if (last != null) {
      process = null;
      last.close();
    }
  }
}
