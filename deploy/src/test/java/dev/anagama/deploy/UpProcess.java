package dev.anagama.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.anagama.deploy.cli.Main;
import dev.anagama.deploy.client.GatewayClient;
import dev.anagama.deploy.client.ServerAddress;
import dev.anagama.platform.kafka.KafkaSettings;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** {@code anagama up} in a process of its own, which can be killed. */
final class UpProcess implements AutoCloseable {
  private final Process process;
  private final String grpc;
  private final String kafka;

  private UpProcess(Process process, String grpc, String kafka) {
    this.process = process;
    this.grpc = grpc;
    this.kafka = kafka;
  }

  /** Starts it and returns when it serves. */
  static UpProcess start(Path data, Path checkpoint, Path log)
      throws IOException, InterruptedException {
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Dai.djl.offline=true",
            "-XX:+UseSerialGC",
            "-cp",
            System.getProperty("java.class.path"),
            Main.class.getName(),
            "up",
            "--http-port=0",
            "--grpc-port=0",
            "--data=" + data,
            "--checkpoint=" + checkpoint,
            "--set=anagama.kafka.job-partitions=3");
    Process process =
        new ProcessBuilder(command)
            .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
            .start();
    BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
    StringBuilder said = new StringBuilder();
    String grpc = "";
    String kafka = "";
    for (String line = out.readLine(); line != null; line = out.readLine()) {
      said.append(line).append('\n');
      String[] words = line.strip().split("\\s+");
      if (words[0].equals("gRPC")) {
        grpc = words[1];
      } else if (words[0].equals("Kafka")) {
        kafka = words[1];
      } else if (words[0].equals("Ctrl-C")) {
        return new UpProcess(process, grpc, kafka);
      }
    }
    throw new AssertionError(
        "it ended with %d before it served: %s%s"
            .formatted(exitCode(process), said, Files.readString(log)));
  }

  private static int exitCode(Process process) throws InterruptedException {
    assertThat(process.waitFor(3, TimeUnit.MINUTES)).isTrue();
    return process.exitValue();
  }

  GatewayClient client() {
    return GatewayClient.of(ServerAddress.parse(grpc));
  }

  KafkaSettings kafka() {
    return new KafkaSettings(kafka, Map.of());
  }

  /** What its threads are doing. */
  String threads() throws IOException {
    Process jstack =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "jstack").toString(),
                Long.toString(process.pid()))
            .redirectErrorStream(true)
            .start();
    try (InputStream out = jstack.getInputStream()) {
      return new String(out.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** As {@code kill -9} does: it gets no chance to do anything more. */
  void kill() throws InterruptedException {
    process.destroyForcibly();
    assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
  }

  /** As Ctrl-C does; returns the exit code. */
  int stop() throws InterruptedException {
    process.destroy();
    return exitCode(process);
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
