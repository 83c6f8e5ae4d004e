package dev.proxytune.cli;

import dev.proxytune.LanguageModel;
import dev.proxytune.PartialFile;
import dev.proxytune.ProxyTuneException;
import dev.proxytune.family.Question;
import dev.proxytune.family.Reproduction;
import dev.proxytune.family.Reproduction.Family;
import dev.proxytune.family.ReproductionPage;
import dev.proxytune.family.ReproductionPage.Setting;
import dev.proxytune.family.ReproductionResult;
import dev.proxytune.family.Suite;
import dev.proxytune.family.SuiteFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measure what proxy-tuning makes of the shipped family. */
@Command(
        name = "reproduce",
        sortOptions = false,
        description = "Measure the shipped family: target, expert, proxy-tuned and directly tuned target.",
        footer = {
            "",
            "For the project's own models it writes docs/reproduction.md as well. The target tuned directly is",
            "tuned.gguf in the same folder; without it no gap can be told."
        })
@SuppressWarnings({"NullAway.Init", "unused"}) // picocli sets and reads the fields
final class ReproduceCommand implements Callable<Integer> {
    private static final List<Float> ALPHAS = List.of(0.5f, 1f, 1.5f);

    private final Console console;
    private final ModelLoader loader;

    @Spec
    private CommandSpec command;

    @Mixin(name = "Models")
    private FamilyMixin family;

    @Option(
            names = "--suites",
            paramLabel = "FOLDER",
            description = "Folder with the questions; suites beside the models by default.")
    private @Nullable Path suiteFolder;

    @Option(
            names = "--alpha",
            paramLabel = "A",
            defaultValue = "1",
            description = "The weight whose gap is told; 0.5, 1 and 1.5 are measured too. ${DEFAULT-VALUE} by default.")
    private float alpha;

    @Option(names = "--limit", paramLabel = "N", description = "Ask only the first N questions of each suite.")
    private @Nullable Integer limit;

    @Option(names = "--page", paramLabel = "FILE", description = "Write the result as a page in Markdown.")
    private @Nullable Path page;

    @Option(names = "--json", description = "Print one JSON object, and no table.")
    private boolean json;

    @Mixin(name = "Help")
    private HelpMixin help;

    ReproduceCommand(Console console, ModelLoader loader) {
        this.console = console;
        this.loader = loader;
    }

    @Override
    public Integer call() {
        Usage.require(Float.isFinite(alpha), command, "--alpha must be a finite number, got: " + alpha);
        Usage.require(limit == null || limit > 0, command, "--limit must be 1 or more, got: " + limit);
        ModelPlan plan = family.plan();
        Map<Suite, List<Question>> suites = suites();
        long start = System.nanoTime();
        ReproductionResult result = measure(plan, suites);
        var setting = setting(plan, Duration.ofNanos(System.nanoTime() - start));
        Optional<Path> destination = destination();
        if (destination.isPresent()) {
            write(destination.get(), ReproductionPage.render(result, suites, setting));
            console.say("wrote " + destination.get());
        }
        console.print(json ? Json.line(object(result, setting)) : ReproductionPage.table(result, alpha));
        return ExitCodes.OK;
    }

    private Map<Suite, List<Question>> suites() {
        Path beside = family.folder().resolve("suites");
        Path folder = suiteFolder != null
                ? suiteFolder
                : Files.isDirectory(beside)
                        ? beside
                        : FamilyMixin.home()
                                .map(home -> home.resolve("models/suites"))
                                .orElse(beside);
        Map<Suite, List<Question>> suites = new EnumMap<>(SuiteFiles.read(folder));
        if (limit != null) {
            int most = limit;
            suites.replaceAll((_, questions) -> questions.subList(0, Math.min(most, questions.size())));
        }
        return suites;
    }

    private ReproductionResult measure(ModelPlan plan, Map<Suite, List<Question>> suites) {
        List<LanguageModel> opened = new ArrayList<>();
        try {
            plan.parts().forEach(part -> opened.add(loader.load(part.file(), part.adapter(), family.options())));
            Optional<LanguageModel> tuned =
                    family.tuned().map(file -> loader.load(file, Optional.empty(), family.options()));
            tuned.ifPresentOrElse(
                    opened::add, () -> console.say("there is no tuned.gguf beside the target: no gap can be told"));
            var models = new Family(opened.get(0), opened.get(1), opened.get(2), tuned);
            return new Reproduction(models, alphas(), new MeasuringProgress(console)).run(suites);
        } finally {
            opened.forEach(LanguageModel::close);
        }
    }

    private List<Float> alphas() {
        return Stream.concat(ALPHAS.stream(), Stream.of(alpha))
                .distinct()
                .sorted()
                .toList();
    }

    private Setting setting(ModelPlan plan, Duration duration) {
        List<String> models = new ArrayList<>();
        plan.parts().forEach(part -> models.add(part.role() + " " + described(part.file())));
        family.tuned().ifPresent(file -> models.add("target tuned directly " + described(file)));
        return new Setting(
                "./proxytune reproduce",
                Machine.describe(),
                models,
                LocalDate.now(ZoneId.systemDefault()),
                duration,
                alpha);
    }

    private static String described(Path file) {
        try {
            return file.getFileName() + " (" + Sizes.bytes(Files.size(file)) + ")";
        } catch (IOException e) {
            throw new InputException("The model " + file + " cannot be read", e);
        }
    }

    /** The page of the project tells of the project's own models and of all questions. */
    private Optional<Path> destination() {
        if (page != null) {
            return Optional.of(page);
        }
        boolean whole = family.isOwn() && suiteFolder == null && limit == null;
        return whole ? FamilyMixin.home().map(home -> home.resolve("docs/reproduction.md")) : Optional.empty();
    }

    private Map<String, @Nullable Object> object(ReproductionResult result, Setting setting) {
        Map<String, @Nullable Object> object = new LinkedHashMap<>(result.object(alpha));
        object.put("machine", setting.machine());
        object.put("seconds", setting.duration().toMillis() / 1e3);
        return object;
    }

    private static void write(Path file, String text) {
        try (var partial = new PartialFile(file)) {
            Files.writeString(partial.path(), text);
            partial.complete(true);
        } catch (IOException e) {
            throw new ProxyTuneException("The page cannot be written to " + file + ": " + PartialFile.reason(e), e);
        }
    }
}
