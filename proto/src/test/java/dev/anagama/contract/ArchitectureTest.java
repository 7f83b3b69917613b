package dev.anagama.contract;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Which package may see which; read it as the module's map. */
@AnalyzeClasses(packages = "dev.anagama", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  @ArchTest
  static final ArchRule contract_names_needNothingButTheMessages =
      classes()
          .that()
          .resideInAPackage("dev.anagama.contract..")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "dev.anagama.contract..", "dev.anagama.v1..", "java..", "org.jspecify..");

  @ArchTest
  static final ArchRule messages_generated_needNothingButProtobuf =
      classes()
          .that()
          .resideInAPackage("dev.anagama.v1..")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage("dev.anagama.v1..", "java..", "com.google.protobuf..");

  @ArchTest
  static final ArchRule module_packages_areThoseTwo =
      classes().should().resideInAnyPackage("dev.anagama.contract..", "dev.anagama.v1..");
}
