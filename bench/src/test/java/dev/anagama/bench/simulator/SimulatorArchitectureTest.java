package dev.anagama.bench.simulator;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The simulator runs the engine's decisions and nothing else of a worker. */
@AnalyzeClasses(packages = "dev.anagama.bench.simulator", importOptions = DoNotIncludeTests.class)
class SimulatorArchitectureTest {
  private static final DescribedPredicate<JavaClass> A_WORKERS_BUT_ITS_DECISIONS =
      JavaClass.Predicates.resideInAPackage("dev.anagama.worker..")
          .and(JavaClass.Predicates.resideOutsideOfPackage("dev.anagama.worker.schedule.."));

  @ArchTest
  static final ArchRule ONLY_THE_DECISIONS_ARE_SHARED =
      noClasses().should().dependOnClassesThat(A_WORKERS_BUT_ITS_DECISIONS);

  @ArchTest
  static final ArchRule NO_DEVICE_AND_NO_BROKER =
      noClasses()
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("ai.djl..", "org.apache.kafka..", "dev.anagama.diffusion..");

  @ArchTest
  static final ArchRule TIME_IS_SIMULATED =
      noClasses()
          .should()
          .callMethod(System.class, "nanoTime")
          .orShould()
          .callMethod(System.class, "currentTimeMillis");
}
