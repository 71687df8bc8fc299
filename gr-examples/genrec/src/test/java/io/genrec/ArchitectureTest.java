package io.genrec;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.ENUMS;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.conditions.ArchPredicates.are;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.io.ObjectInputStream;
import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;

/** Who may see whom, and what public types carry. */
@AnalyzeClasses(packages = "io.genrec", importOptions = ImportOption.DoNotIncludeTests.class)
final class ArchitectureTest {
  private static final String[] ENCODERS = {
    "io.genrec.hstu..", "io.genrec.transformer..", "io.genrec.examples.baselines.."
  };
  private static final String APPLICATION = "io.genrec.cli..";
  private static final String EXAMPLES = "io.genrec.examples..";

  private ArchitectureTest() {}

  /** Of this project's packages, some depend on these alone. */
  private static ArchRule onlySees(String packages, String... seen) {
    return noClasses()
        .that()
        .resideInAPackage(packages)
        .should()
        .dependOnClassesThat(resideInAPackage("io.genrec..").and(not(resideInAnyPackage(seen))));
  }

  @ArchTest
  static final ArchRule THE_SPI_SEES_NO_OTHER_MODULE =
      onlySees("io.genrec.api..", "io.genrec.api..");

  @ArchTest
  static final ArchRule THE_SPI_NEEDS_NO_RUNTIME =
      noClasses()
          .that()
          .resideInAPackage("io.genrec.api..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("ai.onnx..", "ai.onnxruntime..", "com.google..", "org.duckdb..");

  @ArchTest
  static final ArchRule ENCODERS_SEE_ONLY_THE_SPI =
      noClasses()
          .that(resideInAnyPackage(ENCODERS))
          .should()
          .dependOnClassesThat(
              resideInAPackage("io.genrec..")
                  .and(not(resideInAPackage("io.genrec.api..")))
                  .and(not(resideInAnyPackage(ENCODERS))));

  @ArchTest
  static final ArchRule THE_ENGINE_KNOWS_NO_ENCODER_AND_NO_DATA =
      onlySees("io.genrec.engine..", "io.genrec.api..", "io.genrec.engine..");

  @ArchTest
  static final ArchRule DATA_SEES_ONLY_THE_SPI =
      onlySees("io.genrec.data..", "io.genrec.api..", "io.genrec.data..");

  @ArchTest
  static final ArchRule SCORING_KNOWS_NO_ENCODER_AND_NO_DATA =
      onlySees("io.genrec.falcon..", "io.genrec.api..", "io.genrec.engine..", "io.genrec.falcon..");

  @ArchTest
  static final ArchRule TRANSFER_LEARNING_KNOWS_NO_ENCODER =
      onlySees(
          "io.genrec.gpsd..",
          "io.genrec.api..",
          "io.genrec.engine..",
          "io.genrec.data..",
          "io.genrec.gpsd..");

  @ArchTest
  static final ArchRule ONLY_APPLICATIONS_SEE_TRANSFER_LEARNING =
      noClasses()
          .that()
          .resideOutsideOfPackages("io.genrec.gpsd..", APPLICATION, EXAMPLES)
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.genrec.gpsd..");

  @ArchTest
  static final ArchRule THE_TEST_KIT_KNOWS_NO_PLUGIN =
      onlySees(
          "io.genrec.testkit..", "io.genrec.api..", "io.genrec.engine..", "io.genrec.testkit..");

  @ArchTest
  static final ArchRule MODULES_HAVE_NO_CYCLES =
      slices().matching("io.genrec.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule PROTOBUF_IS_SEEN_BY_ONE_CLASS =
      noClasses()
          .that(not(are(named("io.genrec.engine.onnx.OnnxExport"))))
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("ai.onnx.proto..", "com.google.protobuf..");

  @ArchTest
  static final ArchRule GUICE_IS_SEEN_BY_THE_WIRING_ALONE =
      noClasses()
          .that()
          .resideOutsideOfPackages("io.genrec.engine.wiring..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("com.google.inject..");

  @ArchTest
  static final ArchRule THE_DATABASE_IS_SEEN_BY_INGESTION_ALONE =
      noClasses()
          .that()
          .resideOutsideOfPackages("io.genrec.data.ingest..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.duckdb..");

  @ArchTest
  static final ArchRule PUBLIC_TYPES_CARRY_A_LABEL =
      classes()
          .that()
          .arePublic()
          .and()
          .areTopLevelClasses()
          .and()
          .resideOutsideOfPackages(APPLICATION, EXAMPLES)
          .and()
          .doNotHaveSimpleName("package-info")
          .should()
          .beAnnotatedWith(API.class);

  @ArchTest
  static final ArchRule PACKAGES_ARE_NULL_MARKED =
      classes().that().doNotHaveSimpleName("package-info").should(beInANullMarkedPackage());

  @ArchTest
  static final ArchRule NOTHING_IS_DESERIALIZED =
      noClasses().should().dependOnClassesThat().areAssignableTo(ObjectInputStream.class);

  @ArchTest
  static final ArchRule STATICS_HOLD_NO_STATE =
      fields().that().areStatic().and().areDeclaredInClassesThat(not(ENUMS)).should().beFinal();

  private static com.tngtech.archunit.base.DescribedPredicate<JavaClass> named(String name) {
    return com.tngtech.archunit.base.DescribedPredicate.describe(
        name, type -> type.getName().equals(name) || type.getName().startsWith(name + "$"));
  }

  private static ArchCondition<JavaClass> beInANullMarkedPackage() {
    return new ArchCondition<>("be in a package that is null-marked") {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        boolean marked = type.getPackage().isAnnotatedWith(NullMarked.class);
        events.add(new SimpleConditionEvent(type, marked, type.getName() + " is in no such one"));
      }
    };
  }
}
