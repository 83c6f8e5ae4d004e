package dev.proxytune.cli;

import dev.proxytune.InvalidModelException;
import dev.proxytune.remote.RemoteOptions;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Say which files play which parts.
 *
 * @param target the model to steer; of a remote one, a file with its vocabulary
 * @param pairs the experts and anti-experts, none for the target alone
 * @param server where the target runs, if it does not run here
 */
record ModelPlan(Part target, List<Pair> pairs, Optional<Server> server) {

    ModelPlan {
        pairs = List.copyOf(pairs);
    }

    ModelPlan(Part target, List<Pair> pairs) {
        this(target, pairs, Optional.empty());
    }

    /** Say where a target runs, and how it is asked. */
    record Server(URI address, RemoteOptions options) {}

    /** Return what the target is best called: its file's name, or its address. */
    String targetName() {
        return server.map(at -> at.options().model().map(name -> name + " at ").orElse("") + at.address())
                .orElseGet(() -> target.file().getFileName().toString());
    }

    /**
     * Name the files of one part.
     *
     * @param role the part
     * @param file the model
     * @param adapter a LoRA adapter to apply to it
     */
    record Part(Role role, Path file, Optional<Adapter> adapter) {}

    /**
     * Name an adapter's file.
     *
     * @param file the adapter
     * @param scale what its changes are multiplied by
     */
    record Adapter(Path file, float scale) {}

    /** Name a pair; one side may be missing. */
    record Pair(Optional<Part> expert, Optional<Part> antiExpert) {}

    /** Return the plan of a target with one pair, no adapters. */
    static ModelPlan trio(Path target, Path expert, Path antiExpert) {
        var pair = new Pair(
                Optional.of(new Part(Role.EXPERT, expert, Optional.empty())),
                Optional.of(new Part(Role.ANTI_EXPERT, antiExpert, Optional.empty())));
        return new ModelPlan(new Part(Role.TARGET, target, Optional.empty()), List.of(pair));
    }

    /**
     * Return the same plan with the files that its names mean: what is no file but a reference is found in the cache or
     * fetched.
     *
     * @throws dev.proxytune.ProxyTuneException if that fails
     */
    ModelPlan located(ModelFiles files) {
        return new ModelPlan(
                located(target, files),
                pairs.stream()
                        .map(pair -> new Pair(
                                pair.expert().map(part -> located(part, files)),
                                pair.antiExpert().map(part -> located(part, files))))
                        .toList(),
                server);
    }

    private static Part located(Part part, ModelFiles files) {
        return new Part(
                part.role(),
                files.find(part.file()),
                part.adapter().map(adapter -> new Adapter(files.find(adapter.file()), adapter.scale())));
    }

    Stream<Part> parts() {
        return Stream.concat(
                Stream.of(target),
                pairs.stream().flatMap(pair -> Stream.concat(pair.expert().stream(), pair.antiExpert().stream())));
    }

    /** Return all files, models and adapters. */
    List<Path> files() {
        return parts().flatMap(
                        part -> Stream.concat(Stream.of(part.file()), part.adapter().map(Adapter::file).stream()))
                .toList();
    }

    /** Say which files play which parts. */
    void describe(Map<String, @Nullable Object> settings) {
        parts().forEach(part -> {
            boolean served = part.role() == Role.TARGET && server.isPresent();
            String name = served ? targetName() : part.file().getFileName().toString();
            String adapted = part.adapter()
                    .map(adapter -> name + " + " + adapter.file().getFileName() + " x " + adapter.scale())
                    .orElse(name);
            settings.merge(part.role().toString(), adapted, (first, next) -> first + ", " + next);
        });
    }

    boolean has(Role role) {
        return parts().anyMatch(part -> part.role() == role);
    }

    /**
     * Find out whether all files are there, before time is spent on loading any. References are not looked up.
     *
     * @throws InvalidModelException if not; the message names each one
     */
    void requireFiles() {
        List<String> faults = new ArrayList<>();
        parts().forEach(part -> {
            fault(part.file()).ifPresent(fault -> faults.add(part.role() + " model " + part.file() + " " + fault));
            part.adapter()
                    .flatMap(adapter -> fault(adapter.file()).map(fault -> adapter.file() + " " + fault))
                    .ifPresent(fault -> faults.add(part.role() + " adapter " + fault));
        });
        if (!faults.isEmpty()) {
            throw new InvalidModelException(
                    "The " + String.join("; the ", faults.stream().distinct().toList()));
        }
    }

    private static Optional<String> fault(Path file) {
        if (!Files.exists(file)) {
            return ModelFiles.isReference(file) ? Optional.empty() : Optional.of("does not exist");
        }
        if (!Files.isRegularFile(file)) {
            return Optional.of("is a folder or a device, not a GGUF file");
        }
        return Files.isReadable(file) ? Optional.empty() : Optional.of("cannot be read: permission denied");
    }
}
