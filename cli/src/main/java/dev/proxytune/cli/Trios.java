package dev.proxytune.cli;

import dev.proxytune.hub.Trio;
import dev.proxytune.hub.TrioCatalogue;
import dev.proxytune.hub.TrioPart;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Find trios by name. Loaded only where a trio is named, as reading catalogues takes a moment. */
final class Trios {
    private Trios() {}

    /** Read all catalogues: the project's, the user's, and one more if it is given. */
    static TrioCatalogue load(Hub hub, Optional<String> more, Console console) {
        TrioCatalogue catalogue = TrioCatalogue.load(hub.models(), FamilyMixin.home(), more);
        catalogue
                .ignored()
                .forEach(file -> console.say(file + " is not read: catalogues are JSON, in a file such as trios.json"));
        return catalogue;
    }

    /** Return the plan of a trio; its names are not files yet. */
    static ModelPlan plan(Trio trio) {
        var pair = new ModelPlan.Pair(
                Optional.of(part(Role.EXPERT, trio.expert())), Optional.of(part(Role.ANTI_EXPERT, trio.antiExpert())));
        return new ModelPlan(part(Role.TARGET, trio.target()), List.of(pair));
    }

    private static ModelPlan.Part part(Role role, TrioPart part) {
        return new ModelPlan.Part(role, Path.of(part.model()), Optional.empty());
    }
}
