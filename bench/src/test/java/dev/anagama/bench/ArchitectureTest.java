package dev.anagama.bench;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** What is measured together stands together; the pipeline is held against the engine. */
@AnalyzeClasses(packages = "dev.anagama.bench", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {
  @ArchTest
  static final ArchRule REPORTS_KNOW_NO_BENCHMARK =
      noClasses()
          .that()
          .resideInAPackage("dev.anagama.bench")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "..bench.engine..", "..bench.faults..", "..bench.pipeline..", "..bench.training..");

  @ArchTest
  static final ArchRule TRAINING_IS_MEASURED_WITHOUT_THE_SERVICE =
      noClasses()
          .that()
          .resideInAPackage("..bench.training..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "..bench.engine..",
              "..bench.pipeline..",
              "dev.anagama.gateway..",
              "dev.anagama.worker..");

  @ArchTest
  static final ArchRule FAULTS_COME_FROM_OUTSIDE =
      noClasses()
          .that()
          .resideInAPackage("..bench.faults..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("dev.anagama.gateway..", "dev.anagama.worker..");

  @ArchTest
  static final ArchRule THE_ENGINE_IS_MEASURED_WITHOUT_THE_SERVICE =
      noClasses()
          .that()
          .resideInAPackage("..bench.engine..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "..bench.pipeline..", "dev.anagama.gateway..", "dev.anagama.trainer..");
}
