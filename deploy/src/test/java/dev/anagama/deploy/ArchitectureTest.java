package dev.anagama.deploy;

import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The command line sees the demo, the demo sees the rest, and client and service do not meet. */
@AnalyzeClasses(packages = "dev.anagama.deploy", importOptions = DoNotIncludeTests.class)
final class ArchitectureTest {
  @ArchTest
  static final ArchRule DIRECTION =
      layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .layer("cli")
          .definedBy("dev.anagama.deploy.cli..")
          .layer("demo")
          .definedBy("dev.anagama.deploy.demo..")
          .layer("client")
          .definedBy("dev.anagama.deploy.client..")
          .layer("standalone")
          .definedBy("dev.anagama.deploy.standalone..")
          .layer("letters")
          .definedBy("dev.anagama.deploy.letters..")
          .layer("progress")
          .definedBy("dev.anagama.deploy.progress..")
          .whereLayer("cli")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("demo")
          .mayOnlyBeAccessedByLayers("cli")
          .whereLayer("client")
          .mayOnlyBeAccessedByLayers("cli", "demo")
          .whereLayer("standalone")
          .mayOnlyBeAccessedByLayers("cli", "demo")
          .whereLayer("letters")
          .mayOnlyBeAccessedByLayers("cli")
          .whereLayer("progress")
          .mayOnlyBeAccessedByLayers("cli", "demo");
}
