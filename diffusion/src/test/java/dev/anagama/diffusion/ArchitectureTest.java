package dev.anagama.diffusion;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Which way this module's packages may look. */
@AnalyzeClasses(
    packages = "dev.anagama.diffusion",
    importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  @ArchTest
  static final ArchRule PACKAGES_LOOK_BACK_ONLY =
      layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .layer("schedule")
          .definedBy("..diffusion.schedule..")
          .layer("guidance")
          .definedBy("..diffusion.guidance..")
          .layer("sampler")
          .definedBy("..diffusion.sampler..")
          .layer("image")
          .definedBy("..diffusion.image..")
          .layer("network")
          .definedBy("..diffusion.network..")
          .layer("checkpoint")
          .definedBy("..diffusion.checkpoint..")
          .whereLayer("schedule")
          .mayNotAccessAnyLayer()
          .whereLayer("guidance")
          .mayOnlyAccessLayers("schedule")
          .whereLayer("sampler")
          .mayOnlyAccessLayers("guidance", "schedule")
          .whereLayer("image")
          .mayNotAccessAnyLayer()
          .whereLayer("network")
          .mayOnlyAccessLayers("guidance", "schedule")
          .whereLayer("checkpoint")
          .mayOnlyAccessLayers("network", "schedule");

  @ArchTest
  static final ArchRule NO_CYCLES =
      slices().matching("dev.anagama.diffusion.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule MATHEMATICS_SEES_NO_SERVICE =
      noClasses()
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.apache.kafka..",
              "io.vertx..",
              "io.netty..",
              "io.grpc..",
              "java.net.http..",
              "com.sun.net.httpserver..",
              "software.amazon..",
              "dev.anagama.v1..",
              "dev.anagama.contract..",
              "dev.anagama.platform..",
              "dev.anagama.gateway..",
              "dev.anagama.worker..",
              "dev.anagama.trainer..",
              "dev.anagama.bench..",
              "dev.anagama.deploy..");

  @ArchTest
  static final ArchRule PICTURES_NEED_NO_TENSORS =
      noClasses()
          .that()
          .resideInAPackage("..diffusion.image..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("ai.djl..");
}
