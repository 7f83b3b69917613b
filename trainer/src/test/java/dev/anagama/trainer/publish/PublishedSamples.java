package dev.anagama.trainer.publish;

import dev.anagama.diffusion.checkpoint.Checkpoint;
import dev.anagama.diffusion.checkpoint.CheckpointManifest;
import dev.anagama.diffusion.checkpoint.ImageShape;
import dev.anagama.diffusion.checkpoint.NetworkSource;
import dev.anagama.diffusion.checkpoint.SamplingDefaults;
import dev.anagama.diffusion.checkpoint.TrainingRecord;
import dev.anagama.diffusion.network.Precision;
import dev.anagama.diffusion.network.UNet;
import dev.anagama.diffusion.network.UNetConfig;
import dev.anagama.diffusion.schedule.LogSnrRange;
import dev.anagama.diffusion.schedule.ScheduleKind;
import dev.anagama.v1.ModelCard;
import dev.anagama.v1.Sampler;
import dev.anagama.v1.Schedule;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;

/** A checkpoint of untrained weights and the card that belongs to it. */
final class PublishedSamples {
  private static final UNetConfig NETWORK =
      new UNetConfig(3, 1, List.of(4, 8), List.of(1), 1, 0, 1, 8, 2);

  private PublishedSamples() {}

  /** Other seeds have other weights; the version is that given. */
  static Checkpoint write(Path folder, String version, long seed, String sampler)
      throws IOException {
    CheckpointManifest manifest =
        new CheckpointManifest(
            1,
            "shapes",
            version,
            new NetworkSource.UNet(NETWORK),
            "eps",
            LogSnrRange.DEFAULT,
            new ImageShape(3, 4, 6),
            List.of("ring", "cross"),
            2,
            new SamplingDefaults(16, 1.5, sampler, ScheduleKind.EDM),
            new TrainingRecord("", 0, 0, 1, 1, 1, Precision.FLOAT32, 0, 0),
            new TreeMap<>(),
            new TreeMap<>());
    return Checkpoint.write(folder, manifest, UNet.initialWeights(NETWORK, seed));
  }

  static ModelCard card(Sampler sampler) {
    return ModelCard.newBuilder()
        .setChannels(3)
        .setHeight(4)
        .setWidth(6)
        .addClassNames("ring")
        .addClassNames("cross")
        .setDefaultNumInferenceSteps(16)
        .setDefaultGuidanceScale(1.5)
        .setDefaultSampler(sampler)
        .setDefaultSchedule(Schedule.SCHEDULE_EDM)
        .build();
  }
}
