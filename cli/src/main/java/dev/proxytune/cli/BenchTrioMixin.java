package dev.proxytune.cli;

import dev.proxytune.llama.CacheFolder;
import dev.proxytune.llama.LlamaModel;
import dev.proxytune.llama.ModelInfo;
import dev.proxytune.llama.ModelOptions;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Declare the options for the three models of a benchmark, which are made if none is named. */
@Command
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class BenchTrioMixin {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(names = "--target", paramLabel = "FILE", description = "The target; all three files or none.")
    private @Nullable Path target;

    @Option(names = "--expert", paramLabel = "FILE", description = "The expert.")
    private @Nullable Path expert;

    @Option(names = "--anti-expert", paramLabel = "FILE", description = "The anti-expert.")
    private @Nullable Path antiExpert;

    @Option(
            names = {"-t", "--threads"},
            paramLabel = "N",
            defaultValue = "0",
            description = "Threads; the number of cores by default.")
    private int threads;

    /** Return target, expert and anti-expert. */
    List<LlamaModel> load(Console console) {
        var options = Usage.value(command, "--threads", () -> ModelOptions.DEFAULT.withThreads(threads));
        return files(console).stream()
                .map(file -> LlamaModel.load(file, options))
                .toList();
    }

    private List<Path> files(Console console) {
        if (target != null && expert != null && antiExpert != null) {
            return List.of(target, expert, antiExpert);
        }
        Usage.require(
                target == null && expert == null && antiExpert == null,
                command,
                "--target, --expert and --anti-expert belong together: give all three or none");
        var made = new BenchModels(CacheFolder.path().resolve("bench"), console);
        return List.of(made.target(), made.expert(), made.antiExpert());
    }

    /** Return what the models are called. */
    static List<String> names(List<ModelInfo> infos) {
        return infos.stream()
                .map(info -> String.valueOf(info.file().getFileName()))
                .toList();
    }
}
