package dev.anagama.platform;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Which package may see which; read it as the module's map. */
@AnalyzeClasses(
    packages = "dev.anagama.platform",
    importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  @ArchTest
  static final ArchRule packages_dependencies_followTheFlow =
      layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .layer("config")
          .definedBy("..platform.config..")
          .layer("objectstore")
          .definedBy("..platform.objectstore..")
          .layer("kafka")
          .definedBy("..platform.kafka..")
          .layer("broker")
          .definedBy("..platform.broker..")
          .whereLayer("config")
          .mayOnlyBeAccessedByLayers("kafka", "objectstore")
          .whereLayer("objectstore")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("kafka")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("broker")
          .mayNotBeAccessedByAnyLayer();

  @ArchTest
  static final ArchRule brokerLibrary_optionalDependency_isUsedByBrokerAlone =
      noClasses()
          .that()
          .resideOutsideOfPackage("..platform.broker..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("kafka..", "scala..", "org.apache.kafka.metadata..");

  @ArchTest
  static final ArchRule smallrye_library_isUsedByConfigAlone =
      noClasses()
          .that()
          .resideOutsideOfPackage("..platform.config..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.smallrye..");

  @ArchTest
  static final ArchRule amazon_library_isUsedByObjectstoreAlone =
      noClasses()
          .that()
          .resideOutsideOfPackage("..platform.objectstore..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("software.amazon..");

  @ArchTest
  static final ArchRule objectstore_bytes_knowNothingOfKafkaOrTheContract =
      noClasses()
          .that()
          .resideInAPackage("..platform.objectstore..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.apache.kafka..", "dev.anagama.v1..", "dev.anagama.contract..");

  @ArchTest
  static final ArchRule platform_module_seesNoDjlAndNoVertx =
      noClasses().should().dependOnClassesThat().resideInAnyPackage("ai.djl..", "io.vertx..");
}
