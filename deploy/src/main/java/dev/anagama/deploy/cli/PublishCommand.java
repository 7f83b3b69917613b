package dev.anagama.deploy.cli;

import dev.anagama.diffusion.checkpoint.Checkpoint;
import dev.anagama.platform.kafka.KafkaEnds;
import dev.anagama.platform.kafka.KafkaSettings;
import dev.anagama.platform.kafka.Topology;
import dev.anagama.platform.objectstore.ObjectStore;
import dev.anagama.platform.objectstore.ObjectStores;
import dev.anagama.trainer.publish.CheckpointPublisher;
import dev.anagama.v1.ControlEvent;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.producer.Producer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "publish",
    description =
        "Puts a checkpoint into the object store and tells every worker to serve it, by the control"
            + " topic.")
final class PublishCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create(); // Set by picocli.

  @Parameters(paramLabel = "DIR", description = "The checkpoint's folder.")
  private Path folder = Path.of("");

  @Mixin private SettingsOptions settings = new SettingsOptions();

  @Override
  public Integer call() throws IOException, InterruptedException {
    PublishConfig config = settings.load(PublishConfig.class);
    // A folder that is no checkpoint is said to be none, whether or not Kafka answers.
    Checkpoint checkpoint = Checkpoint.read(folder);
    KafkaSettings kafka = KafkaSettings.of(config.kafka());
    Topology.ensure(kafka, Topology.Options.of(config.kafka()));
    try (ObjectStore store = ObjectStores.open(config.store());
        Producer<String, byte[]> producer = KafkaEnds.producer(kafka, "anagama-publish")) {
      ControlEvent event =
          CheckpointPublisher.publish(checkpoint, store, producer, Clock.systemUTC());
      spec.commandLine()
          .getOut()
          .printf(
              "published %s %s as %s%n",
              event.getModel(),
              event.getPublished().getVersion(),
              event.getPublished().getKeyPrefix());
      return 0;
    }
  }
}
