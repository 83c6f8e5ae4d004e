package dev.proxytune.cli;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaConstructorCall;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import dev.proxytune.ProxyTuneException;
import io.helidon.webserver.CloseConnectionException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.NoSuchElementException;
import java.util.Set;
import picocli.CommandLine.ParameterException;

@AnalyzeClasses(packages = "dev.proxytune", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTests {
    private static final String CORE = "dev.proxytune";
    private static final String GGUF = "dev.proxytune.gguf..";
    private static final String JINJA = "dev.proxytune.jinja..";
    private static final String LLAMA = "dev.proxytune.llama..";
    private static final String CHAT = "dev.proxytune.chat..";
    private static final String EVAL = "dev.proxytune.eval..";
    private static final String REPORT = "dev.proxytune.report..";
    private static final String FAMILY = "dev.proxytune.family..";
    private static final String CONVERT = "dev.proxytune.convert..";
    private static final String HUB = "dev.proxytune.hub..";
    private static final String JSONL = "dev.proxytune.jsonl..";
    private static final String OPENAI = "dev.proxytune.openai..";
    private static final String BATCH = "dev.proxytune.batch..";
    private static final String SERVER = "dev.proxytune.server..";
    private static final String REMOTE = "dev.proxytune.remote..";
    private static final String CLI = "dev.proxytune.cli..";
    private static final String OTHERS = "dev.proxytune.*..";

    private static final String FLOCK = "dev\\.proxytune\\.hub\\.Flock(\\$.*)?";

    /** What answers wrong use by a programmer, wraps what cannot happen, or is put in by the compiler. */
    private static final Set<Class<?>> FOR_PROGRAMMERS = Set.of(
            IllegalArgumentException.class,
            IllegalStateException.class,
            IndexOutOfBoundsException.class,
            UnsupportedOperationException.class,
            AssertionError.class,
            LinkageError.class,
            MatchException.class,
            NoSuchElementException.class,
            UncheckedIOException.class);

    @ArchTest
    static final ArchRule coreKnowsNobody = noClasses()
            .that()
            .resideInAPackage(CORE)
            .should()
            .dependOnClassesThat()
            .resideInAPackage(OTHERS);

    @ArchTest
    static final ArchRule ggufKnowsOnlyTheCore = classes()
            .that()
            .resideInAPackage(GGUF)
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(GGUF, CORE, "java..", "org.jspecify..");

    @ArchTest
    static final ArchRule jinjaKnowsOnlyTheCore = classes()
            .that()
            .resideInAPackage(JINJA)
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(JINJA, CORE, "java..", "org.jspecify..");

    @ArchTest
    static final ArchRule llamaKnowsOnlyTheCoreAndGguf = classes()
            .that()
            .resideInAPackage(LLAMA)
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(LLAMA, GGUF, CORE, "java..", "org.jspecify..");

    @ArchTest
    static final ArchRule chatKnowsOnlyTheCoreAndJinja = classes()
            .that()
            .resideInAPackage(CHAT)
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(CHAT, JINJA, CORE, "java..", "org.jspecify..");

    @ArchTest
    static final ArchRule jsonlKnowsOnlyTheCore = classes()
            .that()
            .resideInAPackage(JSONL)
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(JSONL, CORE, "java..", "tools.jackson..", "org.jspecify..");

    @ArchTest
    static final ArchRule openaiKnowsOnlyTheCoreAndChat = classes()
            .that()
            .resideInAPackage(OPENAI)
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(OPENAI, CHAT, CORE, "java..", "tools.jackson..", "org.jspecify..");

    @ArchTest
    static final ArchRule batchKnowsOnlyTheCoreChatAndWhatItReadsAndWrites = classes()
            .that()
            .resideInAPackage(BATCH)
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(BATCH, OPENAI, JSONL, CHAT, CORE, "java..", "tools.jackson..", "org.jspecify..");

    @ArchTest
    static final ArchRule evalKnowsOnlyTheCoreAndChat = classes()
            .that()
            .resideInAPackage(EVAL)
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(EVAL, JSONL, CHAT, CORE, "java..", "tools.jackson..", "org.jspecify..");

    @ArchTest
    static final ArchRule reportKnowsOnlyTheCoreAndEval = classes()
            .that()
            .resideInAPackage(REPORT)
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    REPORT,
                    EVAL,
                    JSONL,
                    CORE,
                    "java..",
                    "javax.imageio..",
                    "com.github.weisj.jsvg..",
                    "org.apache.commons.statistics..",
                    "org.jspecify..");

    @ArchTest
    static final ArchRule windowsAreLoadedInOnePlace = noClasses()
            .that()
            .doNotHaveFullyQualifiedName("dev.proxytune.report.Png")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("java.awt..", "javax.swing..", "javax.imageio..");

    @ArchTest
    static final ArchRule familyKnowsOnlyTheCoreAndEval = classes()
            .that()
            .resideInAPackage(FAMILY)
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(FAMILY, EVAL, CORE, "java..", "tools.jackson..", "org.jspecify..");

    @ArchTest
    static final ArchRule convertKnowsOnlyTheCoreAndGguf = classes()
            .that()
            .resideInAPackage(CONVERT)
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(CONVERT, GGUF, CORE, "java..", "tools.jackson..", "org.jspecify..");

    @ArchTest
    static final ArchRule hubKnowsOnlyTheCoreAndGguf = classes()
            .that()
            .resideInAPackage(HUB)
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(HUB, GGUF, CORE, "java..", "javax.net.ssl..", "tools.jackson..", "org.jspecify..");

    @ArchTest
    static final ArchRule serverKnowsOnlyTheCoreAndChat = classes()
            .that()
            .resideInAPackage(SERVER)
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    SERVER,
                    OPENAI,
                    CHAT,
                    CORE,
                    "java..",
                    "com.sun.management..",
                    "javax.net.ssl..",
                    "io.helidon..",
                    "io.micrometer..",
                    "io.opentelemetry..",
                    "tools.jackson..",
                    "org.jspecify..");

    @ArchTest
    static final ArchRule remoteKnowsOnlyTheCore = classes()
            .that()
            .resideInAPackage(REMOTE)
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(REMOTE, CORE, "java..", "tools.jackson.core..", "org.jspecify..");

    @ArchTest
    static final ArchRule nobodyKnowsTheCommandLine = noClasses()
            .that()
            .resideOutsideOfPackage(CLI)
            .should()
            .dependOnClassesThat()
            .resideInAPackage(CLI);

    @ArchTest
    static final ArchRule modulesFormNoCycles =
            slices().matching("dev.proxytune.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule nativeCodeIsCalledInOnePlace = noClasses()
            .that()
            .resideOutsideOfPackage(LLAMA)
            .and()
            // The lock that huggingface_hub takes, which Java has no other way to take.
            .haveNameNotMatching(FLOCK)
            .should()
            .dependOnClassesThat()
            .resideInAPackage("java.lang.foreign..");

    @ArchTest
    static final ArchRule librariesWriteToNoConsole = noClasses()
            .that()
            .resideOutsideOfPackage(CLI)
            .should()
            .accessField(System.class, "out")
            .orShould()
            .accessField(System.class, "err");

    @ArchTest
    static final ArchRule librariesDoWithoutReflection = noClasses()
            .that()
            .resideOutsideOfPackage(CLI)
            .should()
            .dependOnClassesThat()
            .resideInAPackage("java.lang.reflect..");

    @ArchTest
    static final ArchRule exceptionsAreThoseOfTheFamily = classes().should(createNoOtherExceptions());

    private static ArchCondition<JavaClass> createNoOtherExceptions() {
        return new ArchCondition<>("create exceptions of the family, or for programmers") {
            @Override
            public void check(JavaClass item, ConditionEvents events) {
                if (item.isAssignableTo(Throwable.class)) {
                    // Its constructor calls that of the class above.
                    return;
                }
                for (JavaConstructorCall call : item.getConstructorCallsFromSelf()) {
                    if (call.getTargetOwner().isAssignableTo(Throwable.class) && !isAllowed(call.getTargetOwner())) {
                        events.add(SimpleConditionEvent.violated(call, call.getDescription()));
                    }
                }
            }
        };
    }

    private static boolean isAllowed(JavaClass thrown) {
        return thrown.isAssignableTo(ProxyTuneException.class)
                || FOR_PROGRAMMERS.stream().anyMatch(thrown::isEquivalentTo)
                // Checked ones that a caller turns into one of the family.
                || thrown.isAssignableTo(IOException.class)
                // Helidon's word for a connection that is to end.
                || thrown.isEquivalentTo(CloseConnectionException.class)
                || thrown.isEquivalentTo(ParameterException.class);
    }
}
