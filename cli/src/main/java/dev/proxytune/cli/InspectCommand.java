package dev.proxytune.cli;

import dev.proxytune.CapacityException;
import dev.proxytune.DecoderOptions;
import dev.proxytune.InvalidModelException;
import dev.proxytune.LanguageModel;
import dev.proxytune.Speculation;
import dev.proxytune.Vocabulary;
import dev.proxytune.gguf.GgufFile;
import dev.proxytune.gguf.GgufHeader;
import dev.proxytune.llama.MemoryNeed;
import dev.proxytune.llama.ModelOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Tell what GGUF files hold, and whether they go together. */
@Command(
        name = "inspect",
        sortOptions = false,
        description = "Tell what GGUF files hold, and whether they can be combined with the first.",
        customSynopsis = "proxytune inspect MODEL... [--ctx-size N] [--json] [OPTION...]",
        footer = {
            "",
            "The first model is the target, a third one the anti-expert, others are experts, for options by role.",
            "No weights are loaded. A verdict, whichever it is, is an answer: the exit code is 0; 1 if a file",
            "cannot be read."
        })
@SuppressWarnings({"NullAway.Init", "unused"}) // picocli sets and reads the fields
final class InspectCommand implements Callable<Integer> {
    private final Console console;
    private final ModelLoader loader;

    @Spec
    private CommandSpec command;

    @Parameters(
            paramLabel = "MODEL",
            arity = "1..*",
            description = "GGUF files, models or LoRA adapters, or references such as owner/repo:Q8_0.")
    private List<Path> files;

    @Option(
            names = "--sequences",
            paramLabel = "N",
            defaultValue = "1",
            description = "Tell the memory for as many answers side by side; 1 by default.")
    private int sequences;

    @Option(
            names = "--bandwidth",
            paramLabel = "GB/S",
            defaultValue = "0",
            description = "Tell how many tokens a second the memory allows that reads so many billion bytes a second.")
    private double bandwidth;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Mixin(name = "Memory, threads and devices")
    private DeviceMixin device;

    @Mixin(name = "Help")
    private HelpMixin help;

    InspectCommand(Console console, ModelLoader loader) {
        this.console = console;
        this.loader = loader;
    }

    @Override
    public Integer call() {
        Usage.require(
                bandwidth >= 0 && Double.isFinite(bandwidth),
                command,
                "--bandwidth must be 0 or more, got: " + bandwidth);
        Usage.require(sequences >= 1, command, "--sequences must be 1 or more, got: " + sequences);
        Map<Role, ModelOptions> options = new EnumMap<>(Role.class);
        for (Role role : Role.values()) {
            options.put(role, device.options(role));
        }
        List<FileReport> vocabularies = reports();
        var sum = new MemorySum();
        List<FileReport> reports = withMemory(vocabularies, options, sum);
        if (json) {
            Map<String, @Nullable Object> object = new LinkedHashMap<>();
            object.put("files", reports.stream().map(FileReport::object).toList());
            object.put("together", sum.object());
            console.print(Json.line(object));
        } else {
            reports.forEach(report -> console.print(text(report)));
            if (sum.isComplete()) {
                console.print(String.format("in one process%n  %-13s %s%n", "memory", sum.text()));
            }
        }
        return ExitCodes.OK;
    }

    private List<FileReport> reports() {
        var models = new ModelFiles(console);
        files = files.stream().map(models::find).toList();
        List<GgufHeader> headers = files.stream().map(GgufFile::readHeader).toList();
        int first = 0;
        while (first < headers.size() && headers.get(first).isAdapter()) {
            first++;
        }
        if (first == headers.size()) {
            return headers.stream().map(this::adapterAlone).toList();
        }
        List<FileReport> reports = new ArrayList<>();
        try (LanguageModel target = loader.loadVocabulary(files.get(first))) {
            for (int i = 0; i < headers.size(); i++) {
                reports.add(report(i, first, headers, target.vocabulary()));
            }
        }
        return reports;
    }

    private FileReport adapterAlone(GgufHeader header) {
        return new FileReport(
                header.source(), new HeaderFacts(header), Optional.empty(), Optional.empty(), Optional.empty());
    }

    private FileReport report(int index, int first, List<GgufHeader> headers, Vocabulary target) {
        GgufHeader header = headers.get(index);
        String file = files.get(index).toString();
        String with = files.get(first).toString();
        var facts = new HeaderFacts(header);
        if (header.isAdapter()) {
            var comparison = Comparison.of(with, headers.get(first), header);
            return new FileReport(file, facts, Optional.empty(), Optional.empty(), Optional.of(comparison));
        }
        if (index == first) {
            var vocabulary = FileReport.VocabularyFacts.of(target);
            return new FileReport(file, facts, Optional.empty(), Optional.of(vocabulary), Optional.empty());
        }
        try (LanguageModel other = loader.loadVocabulary(files.get(index))) {
            return new FileReport(
                    file,
                    facts,
                    Optional.empty(),
                    Optional.of(FileReport.VocabularyFacts.of(other.vocabulary())),
                    Optional.of(Comparison.of(with, target, other.vocabulary())));
        }
    }

    /** Add what each model takes; an adapter has a context of its own, on the weights of the first model. */
    private List<FileReport> withMemory(List<FileReport> reports, Map<Role, ModelOptions> options, MemorySum sum) {
        Optional<FileReport> first =
                reports.stream().filter(report -> !report.isAdapter()).findFirst();
        List<FileReport> told = new ArrayList<>();
        int models = 0;
        for (FileReport report : reports) {
            Optional<FileReport> run = report.isAdapter() ? first : Optional.of(report);
            Role role = report.isAdapter() ? Role.EXPERT : role(models);
            Optional<MemoryNeed> need =
                    run.flatMap(model -> need(Path.of(model.file()), Objects.requireNonNull(options.get(role))));
            need.ifPresentOrElse(memory -> sum.add(report, memory), sum::addUnknown);
            told.add(report.isAdapter() ? report : report.withMemory(need));
            models += report.isAdapter() ? 0 : 1;
        }
        return told;
    }

    private static Role role(int models) {
        return models == 0 ? Role.TARGET : models == 2 ? Role.ANTI_EXPERT : Role.EXPERT;
    }

    /** Return what a model takes in a role, if it can run at all: a file may hold a vocabulary only. */
    private Optional<MemoryNeed> need(Path file, ModelOptions options) {
        var size = new DecoderOptions(sequences, device.contextSize(), Speculation.AUTO.rows(sequences));
        try {
            return Optional.of(loader.memory(file, options, size));
        } catch (InvalidModelException | CapacityException e) {
            console.say("proxytune: what it takes in memory is not known: " + e.getMessage());
            return Optional.empty();
        }
    }

    private String text(FileReport report) {
        HeaderFacts facts = report.facts();
        var text = new StringBuilder(report.file()).append('\n');
        if (report.isAdapter()) {
            line(text, "kind", "LoRA adapter for a model of architecture " + facts.architecture());
            line(
                    text,
                    "changes",
                    facts.adaptedTensors() + " tensors, rank " + shown(facts.adapterRank()) + ", "
                            + Sizes.count(facts.parameters()) + " parameters, mostly " + facts.quantization());
        } else {
            line(
                    text,
                    "architecture",
                    facts.architecture() + ": " + shown(facts.layers()) + " layers of width " + shown(facts.width())
                            + ", " + shown(facts.heads()) + " heads, " + shown(facts.keyValueHeads())
                            + " for keys and values");
            line(text, "parameters", Sizes.count(facts.parameters()) + ", mostly " + facts.quantization());
            line(text, "context", shown(facts.contextLength()) + " tokens");
        }
        int parts = facts.header().files();
        line(text, "file", Sizes.bytes(facts.header().size()) + (parts > 1 ? " in " + parts + " parts" : ""));
        report.vocabulary().ifPresent(tokens -> line(text, "vocabulary", text(tokens)));
        if (!report.isAdapter()) {
            line(text, "memory", memory(report));
            line(text, "each token", eachToken(report));
        }
        report.comparison().ifPresent(comparison -> line(text, "with " + comparison.with(), text(comparison)));
        return text.append('\n').toString();
    }

    private static String text(FileReport.VocabularyFacts tokens) {
        var text = new StringBuilder(String.format(Locale.ROOT, "%s, %,d tokens", tokens.type(), tokens.size()));
        if (tokens.padding() > 0) {
            text.append(" of which ").append(tokens.padding()).append(" are padding");
        }
        tokens.special()
                .forEach((name, token) -> text.append(", ")
                        .append(name)
                        .append(' ')
                        .append(token.id())
                        .append(" \"")
                        .append(Escapes.escape(token.text()))
                        .append('"'));
        return text.toString();
    }

    private static String memory(FileReport report) {
        return report.memory()
                .map(need -> "weights " + Sizes.bytes(need.weights()) + ", KV cache " + Sizes.bytes(need.cache())
                        + ", computing " + Sizes.bytes(need.compute() + need.rows()))
                .orElseGet(
                        () -> "weights " + Sizes.bytes(report.facts().weightBytes()) + "; llama.cpp cannot run it so");
    }

    private String eachToken(FileReport report) {
        long weights = report.facts().bytesReadPerToken();
        long cache = report.memory().map(MemoryNeed::cache).orElse(0L) / sequences;
        String text = "reads " + Sizes.bytes(weights) + " of weights, and as much of the KV cache as is filled";
        if (bandwidth == 0) {
            return text;
        }
        return text
                + String.format(
                        Locale.ROOT,
                        "; at %.0f GB/s at most %.1f tokens a second, %.1f with a full cache",
                        bandwidth,
                        bandwidth * 1e9 / weights,
                        bandwidth * 1e9 / (weights + cache));
    }

    private static String text(Comparison comparison) {
        return comparison.verdict()
                + comparison
                        .match()
                        .map(match -> String.format(
                                Locale.ROOT, "; %,d ids shared, %,d more here", match.shared(), comparison.extra()))
                        .orElse("");
    }

    private static void line(StringBuilder text, String name, String value) {
        text.append(String.format("  %-13s %s%n", name, value));
    }

    private static String shown(OptionalLong value) {
        return value.isPresent() ? String.format(Locale.ROOT, "%,d", value.getAsLong()) : "an unknown number of";
    }
}
