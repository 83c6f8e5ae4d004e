package dev.proxytune.cli;

import dev.proxytune.Cancellation;
import dev.proxytune.batch.BatchCluster;
import dev.proxytune.batch.BatchEngine;
import dev.proxytune.batch.BatchRow;
import dev.proxytune.batch.BatchRows;
import dev.proxytune.batch.BatchRun;
import dev.proxytune.batch.RowAnswer;
import dev.proxytune.batch.WrittenRows;
import dev.proxytune.jsonl.RowWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Answer a file of requests. */
@Command(
        name = "batch",
        sortOptions = false,
        description = "Answer a file of prompts or conversations, many side by side.",
        customSynopsis = {
            "proxytune batch IN OUT --target MODEL [--expert MODEL --anti-expert MODEL]",
            "                [OPTION...]"
        },
        footer = {
            "",
            "IN has a JSON object in each line, {\"id\", \"prompt\"} or {\"id\", \"messages\"}, with settings of its own if",
            "it wants, or is one of OpenAI's files of requests; OUT gets the answers in the same order. - stands for",
            "standard input and output. What a row is answered depends on the row alone: docs/batch.md."
        })
@SuppressWarnings({"NullAway.Init", "unused"}) // picocli sets and reads the fields
final class BatchCommand implements Callable<Integer> {
    private static final Path STANDARD = Path.of("-");
    private static final String SEED = "42";
    private static final String LOCAL = "file://";

    private final Console console;
    private final ModelLoader loader;

    @Spec
    private CommandSpec command;

    @Parameters(index = "0", paramLabel = "IN", description = "The rows.")
    private String input;

    @Parameters(index = "1", paramLabel = "OUT", description = "Where the answers go.")
    private String output;

    @Mixin(name = "Rows")
    private BatchOptions rows;

    @Mixin(name = "Many machines")
    private ClusterMixin cluster;

    @Mixin
    private BatchModels models;

    @Mixin(name = "Help")
    private HelpMixin help;

    private BatchCommand(Console console, ModelLoader loader) {
        this.console = console;
        this.loader = loader;
    }

    static CommandLine create(Console console, ModelLoader loader) {
        var line = new CommandLine(new BatchCommand(console, loader));
        CommandSpec spec = line.getCommandSpec();
        OptionSpec seed = spec.findOption("--seed");
        spec.remove(seed);
        // A run that is gone on with, or done again elsewhere, needs the same one.
        spec.add(OptionSpec.builder(seed)
                .defaultValue(SEED)
                .description("Where the seeds of all rows start; ${DEFAULT-VALUE} by default.")
                .build());
        return line;
    }

    @Override
    public Integer call() {
        rows.check();
        cluster.check(rows);
        if (cluster.isGiven()) {
            return runOnCluster();
        }
        Path in = Path.of(input);
        Path out = Path.of(output);
        boolean fromFile = !in.equals(STANDARD);
        boolean toFile = !out.equals(STANDARD);
        Usage.require(
                !rows.isResumed() || (fromFile && toFile),
                command,
                "--resume needs files to compare: give IN and OUT, not -");
        if (toFile) {
            RowsFile.requireOther(command, "OUT", out, List.of(in), "the rows of IN");
            RowsFile.requirePlace(command, out, rows.isResumed(), rows.isForced());
        }
        ModelPlan plan = models.plan(console);
        if (toFile) {
            RowsFile.requireOther(command, "OUT", out, plan.files(), "a model");
        }
        Optional<BatchRows.Facts> facts = fromFile ? Optional.of(BatchRows.facts(in)) : Optional.empty();
        try (BatchRows read = fromFile ? BatchRows.open(in) : BatchRows.of(console.in(), "standard input")) {
            if (!toFile) {
                return run(read, answer -> console.print(answer.line()), 0, facts, plan);
            }
            try (RowWriter writer = writer(out, plan, facts)) {
                long done = WrittenRows.skip(read, writer);
                if (done > 0) {
                    console.say("resuming after " + done + " answers");
                }
                return run(read, answer -> writer.addLine(answer.line()), done, facts, plan);
            }
        }
    }

    private RowWriter writer(Path out, ModelPlan plan, Optional<BatchRows.Facts> facts) {
        Map<String, @Nullable Object> settings = models.describe(plan);
        settings.put("rows_sha256", facts.map(BatchRows.Facts::sha256).orElse(null));
        return rows.isResumed() ? RowWriter.resume(out, settings) : RowWriter.create(out, settings);
    }

    private int run(
            BatchRows read, Consumer<RowAnswer> sink, long done, Optional<BatchRows.Facts> facts, ModelPlan plan) {
        long most = rows.limit() == 0 ? Long.MAX_VALUE : rows.limit();
        long all = facts.map(known -> Math.min(most, known.rows())).orElse(0L);
        if (done >= most || !read.hasNext()) {
            console.say("there is nothing to do");
            return ExitCodes.OK;
        }
        var cancellation = new Cancellation();
        var stopped = new AtomicReference<@Nullable StopSignal>();
        var progress = new EvalProgressPrinter(console);
        BatchRun.Result result;
        int sequences = all == 0 ? rows.batch() : (int) Math.min(rows.batch(), all - done);
        try (BatchEngine engine = models.open(plan, loader, sequences);
                var _ = Interrupts.handle(
                        signal -> {
                            stopped.set(signal);
                            cancellation.cancel();
                        },
                        StopSignal.values())) {
            result = BatchRun.run(
                    engine,
                    limited(read, most - done),
                    sink,
                    (answered, tokens) -> progress.at(count(done + answered), count(all), tokens),
                    cancellation);
        }
        progress.end(result.tokens());
        tellFailures(result);
        StopSignal signal = stopped.get();
        if (signal != null) {
            console.say("stopped; the same command with --resume goes on");
            return signal.exitCode();
        }
        return ExitCodes.OK;
    }

    private void tellFailures(BatchRun.Result result) {
        if (result.failed() > 0) {
            console.say(result.failed()
                    + (result.failed() == 1
                            ? " row failed; its answer in " + output + " says why in the field error"
                            : " rows failed; their answers in " + output + " say why in the field error"));
        }
    }

    private int runOnCluster() {
        BatchCluster found = cluster.cluster();
        String from = location(input);
        String to = location(output);
        Usage.require(!from.equals(to), command, "OUT would replace the rows of IN: name another");
        Usage.require(
                rows.isForced() || !to.startsWith(LOCAL) || !Files.exists(Path.of(to.substring(LOCAL.length()))),
                command,
                output + " is there already; --force replaces it");
        models.plan(console);
        BatchRun.Result result = found.run(new BatchCluster.Job(
                cluster.master(),
                from,
                to,
                rows.isForced(),
                cluster.partitions(),
                rows.limit(),
                CommandLineEngine.of(command)));
        console.say(result.rows() + " rows, " + result.tokens() + " tokens");
        tellFailures(result);
        return ExitCodes.OK;
    }

    /** Machines of a cluster know nothing of the folder that this process is in. */
    private String location(String name) {
        Usage.require(!name.equals(STANDARD.toString()), command, "--spark needs files: give IN and OUT, not -");
        return name.matches("[a-zA-Z][a-zA-Z0-9+.-]+:/.*")
                ? name
                : LOCAL + Path.of(name).toAbsolutePath().normalize();
    }

    /** Open what answers rows, as an executor of a cluster does. */
    BatchEngine open() {
        return models.open(models.plan(console), loader, rows.batch());
    }

    private static int count(long number) {
        return (int) Math.min(number, Integer.MAX_VALUE);
    }

    private static Iterator<BatchRow> limited(Iterator<BatchRow> rows, long most) {
        return new Iterator<>() {
            private long left = most;

            @Override
            public boolean hasNext() {
                return left > 0 && rows.hasNext();
            }

            @Override
            public BatchRow next() {
                left--;
                return rows.next();
            }
        };
    }
}
