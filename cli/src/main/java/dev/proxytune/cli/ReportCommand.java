package dev.proxytune.cli;

import dev.proxytune.eval.Bootstrap;
import dev.proxytune.eval.ScoreOptions;
import dev.proxytune.eval.Task;
import dev.proxytune.report.NamedFile;
import dev.proxytune.report.Report;
import dev.proxytune.report.ReportOptions;
import dev.proxytune.report.SystemRole;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Compare files of predictions. */
@Command(
        name = ReportCommand.NAME,
        sortOptions = false,
        description = "Compare base, proxy-tuned and tuned models over tasks: tables, tests and figures, on one page.",
        customSynopsis = {
            "proxytune report FILE... [--out PAGE.html] [--figures FOLDER] [OPTION...]",
            "proxytune report --base FILE... --proxy FILE... --tuned FILE... [OPTION...]"
        },
        footer = {
            "",
            "Each FILE holds the predictions of one system for one task; TASK:FILE says which task. What is not said is",
            "found out: by the settings that eval writes beside its files, by words in their names, at last by their",
            "order: base, proxy, tuned. Several proxy files of one task are a sweep over alpha. docs/report.md"
        })
@SuppressWarnings({"NullAway.Init", "unused"}) // picocli sets and reads the fields
final class ReportCommand implements Callable<Integer> {
    static final String NAME = "report";

    private final Console console;

    @Spec
    private CommandSpec command;

    @Parameters(paramLabel = "FILE", arity = "0..*", description = "Predictions, of any system and task.")
    private List<String> files = new ArrayList<>();

    @Option(names = "--base", paramLabel = "FILE", arity = "1..*", description = "Predictions of the target as it is.")
    private List<String> base = new ArrayList<>();

    @Option(
            names = "--proxy",
            paramLabel = "FILE",
            arity = "1..*",
            description = "Predictions of the target steered by its experts.")
    private List<String> proxy = new ArrayList<>();

    @Option(
            names = "--tuned",
            paramLabel = "FILE",
            arity = "1..*",
            description = "Predictions of the target tuned directly.")
    private List<String> tuned = new ArrayList<>();

    @Option(
            names = "--expert",
            paramLabel = "FILE",
            arity = "1..*",
            description = "Predictions of the expert by itself.")
    private List<String> expert = new ArrayList<>();

    @Option(
            names = "--task",
            paramLabel = "TASK",
            description = "What the files answer, where no settings say so; or TASK:FILE for a single one.")
    private @Nullable String taskName;

    @Option(
            names = {"-o", "--out"},
            paramLabel = "PAGE",
            description = "Write all into one HTML page that needs nothing else.")
    private @Nullable Path out;

    @Option(
            names = "--figures",
            paramLabel = "FOLDER",
            description = "Write each figure as SVG, and as PNG for light and dark.")
    private @Nullable Path figures;

    @Option(names = "--title", paramLabel = "TEXT", description = "What the page is called.")
    private @Nullable String title;

    @Option(names = "--json", description = "Print one JSON object, and no table.")
    private boolean json;

    @Option(
            names = "--least",
            paramLabel = "N",
            defaultValue = "100",
            description = "How often a token must occur to be among those most moved; ${DEFAULT-VALUE} by default.")
    private int least;

    @Option(
            names = "--most",
            paramLabel = "N",
            defaultValue = "15",
            description = "How many of those tokens are shown; ${DEFAULT-VALUE} by default.")
    private int most;

    @Option(
            names = "--from-output",
            description = "Extract predictions again from the raw output; without it stored fields are used.")
    private boolean fromOutput;

    @Option(
            names = {"-s", "--seed"},
            paramLabel = "N",
            defaultValue = "42",
            description = "Where the random numbers of intervals start; ${DEFAULT-VALUE} by default.")
    private long seed;

    @Mixin(name = "Help")
    private HelpMixin help;

    ReportCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        List<NamedFile> named = named();
        Usage.require(!named.isEmpty(), command, "FILE is missing");
        ReportOptions options = options();
        Path page = out;
        if (page != null) {
            Path absolute = page.toAbsolutePath().normalize();
            boolean input = named.stream()
                    .anyMatch(each -> each.file().toAbsolutePath().normalize().equals(absolute));
            Usage.require(!input, command, "--out " + page + " is one of the files to report on; name another");
        }
        Report report = Report.of(named, options);
        report.roles().forEach(console::say);
        if (figures != null) {
            report.writeFigures(figures);
        }
        if (page != null) {
            report.writeHtml(page);
        }
        if (json) {
            Map<String, @Nullable Object> object = new LinkedHashMap<>(report.object());
            object.put("page", page == null ? null : page.toString());
            console.print(Json.line(object));
        } else {
            console.print(report.text());
        }
        return ExitCodes.OK;
    }

    private List<NamedFile> named() {
        List<NamedFile> named = new ArrayList<>();
        add(named, files, Optional.empty());
        add(named, base, Optional.of(SystemRole.BASE));
        add(named, proxy, Optional.of(SystemRole.PROXY));
        add(named, expert, Optional.of(SystemRole.EXPERT));
        add(named, tuned, Optional.of(SystemRole.TUNED));
        return named;
    }

    private void add(List<NamedFile> named, List<String> texts, Optional<SystemRole> role) {
        for (String text : texts) {
            try {
                named.add(NamedFile.of(text, role));
            } catch (InvalidPathException e) {
                throw Usage.wrong(command, "no file can be called " + text);
            }
        }
    }

    private ReportOptions options() {
        ScoreOptions score = ScoreOptions.DEFAULT
                .withFromOutput(fromOutput)
                .withBootstrap(new Bootstrap(seed, Bootstrap.DEFAULT.resamples()));
        ReportOptions options = Usage.value(command, "--least", () -> ReportOptions.DEFAULT.withLeast(least))
                .withScore(score);
        options = withMost(options);
        if (title != null) {
            options = options.withTitle(title);
        }
        if (taskName != null) {
            String name = taskName;
            options = options.withTask(Usage.value(command, "--task", () -> Task.named(name)));
        }
        return options;
    }

    private ReportOptions withMost(ReportOptions options) {
        return Usage.value(command, "--most", () -> options.withMost(most));
    }
}
