package dev.anagama.trainer;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Which way this module's packages may look. */
@AnalyzeClasses(
    packages = "dev.anagama.trainer",
    importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  @ArchTest
  static final ArchRule PACKAGES_LOOK_BACK_ONLY =
      layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .layer("data")
          .definedBy("..trainer.data..")
          .layer("metric")
          .definedBy("..trainer.metric..")
          .layer("training")
          .definedBy("..trainer.training..")
          .layer("classifier")
          .definedBy("..trainer.classifier..")
          .layer("sampling")
          .definedBy("..trainer.sampling..")
          .layer("recipe")
          .definedBy("..trainer.recipe..")
          .layer("report")
          .definedBy("..trainer.report..")
          .layer("evaluation")
          .definedBy("..trainer.evaluation..")
          .layer("comparison")
          .definedBy("..trainer.comparison..")
          .layer("gradientfield")
          .definedBy("..trainer.gradientfield..")
          .layer("toy")
          .definedBy("..trainer.toy..")
          .layer("publish")
          .definedBy("..trainer.publish..")
          .layer("whole")
          .definedBy("dev.anagama.trainer")
          .whereLayer("data")
          .mayNotAccessAnyLayer()
          .whereLayer("metric")
          .mayNotAccessAnyLayer()
          .whereLayer("training")
          .mayOnlyAccessLayers("data")
          .whereLayer("classifier")
          .mayOnlyAccessLayers("data", "training")
          .whereLayer("sampling")
          .mayNotAccessAnyLayer()
          .whereLayer("recipe")
          .mayOnlyAccessLayers("data", "training")
          .whereLayer("report")
          .mayOnlyAccessLayers("training", "sampling")
          .whereLayer("evaluation")
          .mayOnlyAccessLayers("data", "metric", "classifier", "report", "sampling")
          .whereLayer("comparison")
          .mayOnlyAccessLayers("data", "metric", "report", "sampling", "evaluation")
          .whereLayer("gradientfield")
          .mayOnlyAccessLayers("data", "classifier")
          .whereLayer("toy")
          .mayNotAccessAnyLayer()
          .whereLayer("publish")
          .mayNotAccessAnyLayer()
          .whereLayer("whole")
          .mayNotBeAccessedByAnyLayer();

  @ArchTest
  static final ArchRule NO_CYCLES =
      slices().matching("dev.anagama.trainer.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule METRICS_SEE_NUMBERS_ONLY =
      noClasses()
          .that()
          .resideInAPackage("..trainer.metric..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("ai.djl..", "dev.anagama.diffusion..");

  @ArchTest
  static final ArchRule ONLY_PUBLISHING_SEES_THE_SERVICE =
      noClasses()
          .that()
          .resideOutsideOfPackage("..trainer.publish..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.apache.kafka..",
              "dev.anagama.v1..",
              "dev.anagama.contract..",
              "dev.anagama.platform..");

  @ArchTest
  static final ArchRule TRAINING_SEES_NO_SERVER =
      noClasses()
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.vertx..",
              "io.grpc..",
              "dev.anagama.gateway..",
              "dev.anagama.worker..",
              "dev.anagama.deploy..");
}
