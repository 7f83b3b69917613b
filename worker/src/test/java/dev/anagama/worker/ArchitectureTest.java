package dev.anagama.worker;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.time.Clock;
import java.util.Random;
import java.util.SplittableRandom;

/** Which way this module's packages may look: down the street, never up. */
@AnalyzeClasses(
    packages = "dev.anagama.worker",
    importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  @ArchTest
  static final ArchRule PACKAGES_LOOK_DOWN_THE_STREET =
      layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .layer("worker")
          .definedBy("dev.anagama.worker")
          .layer("intake")
          .definedBy("..worker.intake..")
          .layer("control")
          .definedBy("..worker.control..")
          .layer("health")
          .definedBy("..worker.health..")
          .layer("fleet")
          .definedBy("..worker.fleet..")
          .layer("engine")
          .definedBy("..worker.engine..")
          .layer("schedule")
          .definedBy("..worker.schedule..")
          .layer("publish")
          .definedBy("..worker.publish..")
          .layer("retry")
          .definedBy("..worker.retry..")
          .whereLayer("worker")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("intake")
          .mayOnlyAccessLayers("fleet", "publish", "retry")
          .whereLayer("control")
          .mayOnlyAccessLayers("fleet", "engine", "schedule", "retry")
          .whereLayer("health")
          .mayOnlyAccessLayers("control", "fleet", "engine")
          .whereLayer("fleet")
          .mayOnlyAccessLayers("engine", "publish")
          .whereLayer("engine")
          .mayOnlyAccessLayers("schedule", "publish")
          .whereLayer("schedule")
          .mayNotAccessAnyLayer()
          .whereLayer("publish")
          .mayOnlyAccessLayers("retry")
          .whereLayer("retry")
          .mayNotAccessAnyLayer();

  @ArchTest
  static final ArchRule NO_CYCLES =
      slices().matching("dev.anagama.worker.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule WORKERS_KNOW_NO_FRONT =
      noClasses()
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.vertx..",
              "io.grpc..",
              "dev.anagama.gateway..",
              "dev.anagama.trainer..",
              "dev.anagama.bench..",
              "dev.anagama.deploy..");

  @ArchTest
  static final ArchRule THE_ENGINE_SPEAKS_TO_NO_BROKER_AND_NO_STORE =
      noClasses()
          .that()
          .resideInAPackage("..worker.engine..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.apache.kafka.clients..", "dev.anagama.platform..");

  @ArchTest
  static final ArchRule ONLY_ENGINE_AND_CONTROL_SEE_TENSORS =
      noClasses()
          .that()
          .resideInAnyPackage(
              "..worker.intake..",
              "..worker.publish..",
              "..worker.health..",
              "..worker.schedule..",
              "..worker.retry..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("ai.djl..");

  @ArchTest
  static final ArchRule THE_DECISION_IS_PLAIN_JAVA =
      noClasses()
          .that()
          .resideInAPackage("..worker.schedule..")
          .should()
          .dependOnClassesThat()
          .resideOutsideOfPackages("java..", "org.jspecify..", "dev.anagama.worker.schedule..");

  @ArchTest
  static final ArchRule THE_DECISION_HAS_NO_CLOCK_NO_CHANCE_AND_NO_THREAD =
      noClasses()
          .that()
          .resideInAPackage("..worker.schedule..")
          .should()
          .callMethod(System.class, "nanoTime")
          .orShould()
          .callMethod(System.class, "currentTimeMillis")
          .orShould()
          .dependOnClassesThat()
          .belongToAnyOf(Thread.class, Clock.class, Random.class, SplittableRandom.class);
}
