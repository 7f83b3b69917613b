package dev.anagama.gateway;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(
    packages = "dev.anagama.gateway",
    importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  @ArchTest
  static final ArchRule requests_flow_one_way =
      layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .layer("assembly")
          .definedBy("dev.anagama.gateway")
          .layer("api")
          .definedBy("dev.anagama.gateway.api")
          .layer("admission")
          .definedBy("dev.anagama.gateway.admission")
          .layer("status")
          .definedBy("dev.anagama.gateway.status")
          .layer("retention")
          .definedBy("dev.anagama.gateway.retention")
          .layer("models")
          .definedBy("dev.anagama.gateway.models")
          .layer("errors")
          .definedBy("dev.anagama.gateway.errors")
          .whereLayer("assembly")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("api")
          .mayOnlyBeAccessedByLayers("assembly")
          .whereLayer("admission")
          .mayOnlyBeAccessedByLayers("assembly", "api")
          .whereLayer("status")
          .mayOnlyBeAccessedByLayers("assembly", "api", "admission", "retention")
          .whereLayer("retention")
          .mayOnlyBeAccessedByLayers("assembly")
          .whereLayer("models")
          .mayOnlyBeAccessedByLayers("assembly", "api", "admission");

  @ArchTest
  static final ArchRule only_the_api_knows_vertx =
      noClasses()
          .that()
          .resideInAnyPackage(
              "dev.anagama.gateway.admission..",
              "dev.anagama.gateway.status..",
              "dev.anagama.gateway.retention..",
              "dev.anagama.gateway.models..",
              "dev.anagama.gateway.errors..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.vertx..", "io.netty..");

  @ArchTest
  static final ArchRule nothing_knows_the_model_library =
      noClasses()
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("dev.anagama.diffusion..", "ai.djl..");
}
