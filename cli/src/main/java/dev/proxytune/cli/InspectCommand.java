package dev.proxytune.cli;

import dev.proxytune.LanguageModel;
import dev.proxytune.Vocabulary;
import dev.proxytune.gguf.GgufFile;
import dev.proxytune.gguf.GgufHeader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
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
        customSynopsis = "proxytune inspect MODEL... [--ctx-size N] [--json]",
        footer = {
            "",
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
            names = {"-c", "--ctx-size"},
            paramLabel = "N",
            description = "Tell the memory of a context of this many tokens too.")
    private long contextSize;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Mixin(name = "Help")
    private HelpMixin help;

    InspectCommand(Console console, ModelLoader loader) {
        this.console = console;
        this.loader = loader;
    }

    @Override
    public Integer call() {
        Usage.require(contextSize >= 0, command, "--ctx-size must be 0 or more, got: " + contextSize);
        List<FileReport> reports = reports();
        if (json) {
            Map<String, @Nullable Object> object = new LinkedHashMap<>();
            object.put(
                    "files",
                    reports.stream().map(report -> report.object(contextSize)).toList());
            console.print(Json.line(object));
        } else {
            reports.forEach(report -> console.print(text(report)));
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
        return new FileReport(header.source(), new HeaderFacts(header), Optional.empty(), Optional.empty());
    }

    private FileReport report(int index, int first, List<GgufHeader> headers, Vocabulary target) {
        GgufHeader header = headers.get(index);
        String file = files.get(index).toString();
        String with = files.get(first).toString();
        var facts = new HeaderFacts(header);
        if (header.isAdapter()) {
            return new FileReport(
                    file, facts, Optional.empty(), Optional.of(Comparison.of(with, headers.get(first), header)));
        }
        if (index == first) {
            return new FileReport(file, facts, Optional.of(FileReport.VocabularyFacts.of(target)), Optional.empty());
        }
        try (LanguageModel other = loader.loadVocabulary(files.get(index))) {
            return new FileReport(
                    file,
                    facts,
                    Optional.of(FileReport.VocabularyFacts.of(other.vocabulary())),
                    Optional.of(Comparison.of(with, target, other.vocabulary())));
        }
    }

    private String text(FileReport report) {
        HeaderFacts facts = report.facts();
        var text = new StringBuilder(report.file()).append('\n');
        if (facts.header().isAdapter()) {
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
        if (!facts.header().isAdapter()) {
            line(text, "memory", memory(facts));
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

    private String memory(HeaderFacts facts) {
        var text = new StringBuilder(Sizes.bytes(facts.weightBytes())).append(" of weights");
        if (facts.contextLength().isPresent()) {
            text.append(cache(facts, facts.contextLength().getAsLong()));
        }
        if (contextSize > 0) {
            text.append(cache(facts, contextSize));
        }
        return text.toString();
    }

    private static String cache(HeaderFacts facts, long tokens) {
        OptionalLong bytes = facts.cacheBytes(tokens);
        String size = bytes.isPresent() ? "at most " + Sizes.bytes(bytes.getAsLong()) : "unknown";
        return String.format(Locale.ROOT, "; KV cache of %,d tokens: %s", tokens, size);
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
