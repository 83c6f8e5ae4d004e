package dev.proxytune.cli;

import dev.proxytune.llama.CacheFolder;
import dev.proxytune.llama.LlamaModel;
import dev.proxytune.llama.ModelInfo;
import dev.proxytune.llama.ModelOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Declare the options for the three models of a benchmark, and for how they are loaded. */
@Command
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class BenchTrioMixin {
    private static final String SHAPE = "1.1b";

    private final boolean madeUpByDefault;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Mixin(name = "Devices")
    private DeviceMixin device;

    @Option(
            names = "--models",
            paramLabel = "FOLDER",
            description = "Folder with target.gguf, expert.gguf and anti-expert.gguf.")
    private @Nullable Path models;

    @Option(names = "--target", paramLabel = "FILE", description = "The target; all three files or none.")
    private @Nullable Path target;

    @Option(names = "--expert", paramLabel = "FILE", description = "The expert.")
    private @Nullable Path expert;

    @Option(names = "--anti-expert", paramLabel = "FILE", description = "The anti-expert.")
    private @Nullable Path antiExpert;

    @Option(
            names = "--shape",
            paramLabel = SHAPE,
            description = "Models with random weights in realistic sizes: 1.1 billion parameters and twice 135 million;"
                    + " 0.9 GB in the user's cache folder.")
    private @Nullable String shape;

    private BenchTrioMixin(boolean madeUpByDefault) {
        this.madeUpByDefault = madeUpByDefault;
    }

    /** Take the models that come with the project unless options name others. */
    static BenchTrioMixin ofFamily() {
        return new BenchTrioMixin(false);
    }

    /** Make models of realistic sizes up unless options name others. */
    static BenchTrioMixin madeUp() {
        return new BenchTrioMixin(true);
    }

    /** Refuse options that contradict each other. */
    void check() {
        Usage.require(shape == null || SHAPE.equals(shape), command, "--shape must be " + SHAPE + ", got: " + shape);
        boolean files = target != null || expert != null || antiExpert != null;
        Usage.require(
                !files || (target != null && expert != null && antiExpert != null),
                command,
                "--target, --expert and --anti-expert belong together: give all three or none");
        Usage.require(
                shape == null || (!files && models == null),
                command,
                "--shape makes models up: give it without --models and --target");
        Usage.require(!files || models == null, command, "--models names all three files: give it without --target");
        Usage.require(
                device.contextSize() == 0,
                command,
                "--ctx-size cannot be chosen: a benchmark's contexts are as long as what it measures");
        options(Role.TARGET);
    }

    /** Return whether the models are made up of random weights. */
    boolean isMadeUp() {
        return shape != null || (madeUpByDefault && target == null && models == null);
    }

    /** Return whether these are the models that come with the project. */
    private boolean isFamily() {
        return !isMadeUp() && target == null && models == null;
    }

    /** Return whether the target is as small as those of a family, which gain nothing from a second thread. */
    boolean isSmall() {
        return !isMadeUp() && target == null;
    }

    /** Return a name for what is measured, of letters that file names may have. */
    String label() {
        return isMadeUp() ? SHAPE : isFamily() ? "family" : "own";
    }

    /** Return whether no layer of the target is computed elsewhere than on this processor. */
    boolean isOnProcessor() {
        ModelOptions options = options(Role.TARGET);
        return options.gpuLayers() == 0 && options.rpcServers().isEmpty();
    }

    /** Return how many threads compute, 0 for as many as the processor has cores. */
    int threads() {
        return options(Role.TARGET).threads();
    }

    private ModelOptions options(Role role) {
        ModelOptions options = device.options(role);
        return isSmall() && !device.hasThreads() ? options.withThreads(1) : options;
    }

    /** Return target, expert and anti-expert; those of one file share its weights, also with what was loaded before. */
    List<LlamaModel> load(Console console) {
        check();
        List<LlamaModel> loaded = new ArrayList<>();
        try {
            for (ModelPlan.Part part : plan(console).parts().toList()) {
                loaded.add(LlamaModel.load(part.file(), options(part.role())));
            }
            return List.copyOf(loaded);
        } catch (RuntimeException | Error e) {
            loaded.forEach(LlamaModel::close);
            throw e;
        }
    }

    private ModelPlan plan(Console console) {
        if (isMadeUp()) {
            var made = new BenchModels(CacheFolder.path().resolve("bench"), console);
            return ModelPlan.trio(made.target(), made.expert(), made.antiExpert());
        }
        if (target == null || expert == null || antiExpert == null) {
            return FamilyMixin.plan(FamilyMixin.folder(models, command));
        }
        var plan = ModelPlan.trio(target, expert, antiExpert);
        plan.requireFiles();
        return plan;
    }

    /** Return what the models are called. */
    static List<String> names(List<ModelInfo> infos) {
        return infos.stream()
                .map(info -> String.valueOf(info.file().getFileName()))
                .toList();
    }
}
