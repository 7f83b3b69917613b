package dev.anagama.bench.faults;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A Java virtual machine of its own, which can be killed, stopped and let go on. */
final class JavaProcess implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(JavaProcess.class);

  private static final long KILL_SECONDS = 30;

  private final Process process;
  private final Thread hook;

  /**
   * What to run.
   *
   * @param log where its output goes, after what is there
   * @param jvm options of the virtual machine
   * @param mainClass with the class path of this process
   * @param arguments of the program
   */
  record Spec(Path log, List<String> jvm, String mainClass, List<String> arguments) {
    Spec {
      jvm = List.copyOf(jvm);
      arguments = List.copyOf(arguments);
    }
  }

  private JavaProcess(Process process) {
    this.process = process;
    // Nothing is left behind when this process ends in the middle.
    this.hook = new Thread(process::destroyForcibly, "anagama-kill-" + process.pid());
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /** Starts it and returns at once. */
  static JavaProcess start(Spec spec) {
    Path folder = spec.log().toAbsolutePath().getParent();
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:ErrorFile=" + folder + "/crash-%p.log",
                "-XX:-CreateCoredumpOnCrash",
                "-Djava.awt.headless=true",
                "-Dai.djl.offline=true",
                "-Dai.djl.pytorch.graph_optimizer=false"));
    command.addAll(spec.jvm());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), spec.mainClass()));
    command.addAll(spec.arguments());
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(spec.log().toFile()))
            .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
    // Its networks are tiny: a second thread costs more than it gives.
    builder.environment().put("OMP_NUM_THREADS", "1");
    try {
      return new JavaProcess(builder.start());
    } catch (IOException e) {
      throw new UncheckedIOException("no process could be started", e);
    }
  }

  long pid() {
    return process.pid();
  }

  boolean alive() {
    return process.isAlive();
  }

  /** As {@code kill -9} does: it gets no chance to do anything more. */
  void kill() throws InterruptedException {
    process.destroyForcibly();
    if (!process.waitFor(KILL_SECONDS, TimeUnit.SECONDS)) {
      throw new IllegalStateException("process %d does not die".formatted(pid()));
    }
  }

  /**
   * Asks it to end, as Ctrl-C does.
   *
   * @return whether it has in time
   */
  boolean terminate(Duration longest) throws InterruptedException {
    process.destroy();
    return process.waitFor(longest.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** It does nothing more until {@link #resume}, and does not know. */
  void pause() throws InterruptedException {
    signal("STOP");
  }

  /** Goes on after {@link #pause}. */
  void resume() throws InterruptedException {
    signal("CONT");
  }

  @Override
  public void close() {
    process.destroyForcibly();
    try {
      if (!process.waitFor(KILL_SECONDS, TimeUnit.SECONDS)) {
        log.warn("process {} does not die and is left behind", pid());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      log.debug("this process ends itself: {}", e.toString());
    }
  }

  private void signal(String name) throws InterruptedException {
    try {
      Process kill =
          new ProcessBuilder("kill", "-" + name, Long.toString(pid())).inheritIO().start();
      if (kill.waitFor() != 0) {
        throw new IllegalStateException("process %d got no SIG%s".formatted(pid(), name));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("there is no kill command", e);
    }
  }
}
