package dev.proxytune.server;

import dev.proxytune.Steering;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Name a model that a server offers, and how it is opened.
 *
 * <p>A trio is offered three times: as itself, as {@code NAME:base}, its target alone, and as {@code NAME:expert}, the
 * expert of its first pair alone.
 *
 * @param name what clients call it; not empty, without white space
 * @param roles which of its parts clients may ask for
 * @param steering the weights of its pairs where a client names none
 * @param loadedAtStart whether it is loaded when the server starts, and not on first use
 * @param engine the size of its engine, nothing for the server's usual one
 * @param opener opens the model; called in any thread, again after it was unloaded
 * @param examples questions that suit it, which the page offers
 * @param sharing how clients can have its rows of logits, nothing if they cannot
 */
public record ServedModel(
        String name,
        Set<Voice> roles,
        Steering steering,
        boolean loadedAtStart,
        Optional<EngineOptions> engine,
        Supplier<LoadedModel> opener,
        List<String> examples,
        Optional<RowSharing> sharing) {

    public ServedModel {
        if (name.isEmpty() || name.chars().anyMatch(c -> Character.isWhitespace(c) || Character.isISOControl(c))) {
            throw new IllegalArgumentException(
                    "a model's name must have a character or more and no white space, got: '" + name + "'");
        }
        roles = Set.copyOf(roles);
        examples = List.copyOf(examples);
        if (!roles.contains(Voice.WHOLE)) {
            throw new IllegalArgumentException("a model must be offered as a whole, got: " + roles);
        }
    }

    /** Offer a single model, loaded at start. */
    public static ServedModel single(String name, Supplier<LoadedModel> opener) {
        return new ServedModel(
                name,
                Set.of(Voice.WHOLE),
                Steering.DEFAULT,
                true,
                Optional.empty(),
                opener,
                List.of(),
                Optional.empty());
    }

    /**
     * Offer a proxy-tuned model and its target, loaded at start.
     *
     * @param expert whether its first pair has an expert, which is then offered too
     */
    public static ServedModel trio(String name, boolean expert, Steering steering, Supplier<LoadedModel> opener) {
        Set<Voice> roles = expert ? Set.of(Voice.values()) : Set.of(Voice.WHOLE, Voice.BASE);
        return new ServedModel(name, roles, steering, true, Optional.empty(), opener, List.of(), Optional.empty());
    }

    /** Load it on first use. */
    public ServedModel onFirstUse() {
        return new ServedModel(name, roles, steering, false, engine, opener, examples, sharing);
    }

    /** Run it in an engine of a size of its own. */
    public ServedModel withEngine(EngineOptions value) {
        return new ServedModel(name, roles, steering, loadedAtStart, Optional.of(value), opener, examples, sharing);
    }

    /** Offer questions to those who open the page. */
    public ServedModel withExamples(List<String> questions) {
        return new ServedModel(name, roles, steering, loadedAtStart, engine, opener, questions, sharing);
    }

    /** Let clients have rows of logits: the model's own, and of a trio its target's too, never those of an expert alone. */
    public ServedModel withSharing(RowSharing value) {
        return new ServedModel(name, roles, steering, loadedAtStart, engine, opener, examples, Optional.of(value));
    }

    /** Return all names that clients can ask for. */
    public List<String> names() {
        return Stream.of(Voice.values())
                .filter(roles::contains)
                .map(voice -> name + voice.suffix())
                .toList();
    }

    boolean isProxied() {
        return roles.contains(Voice.BASE);
    }
}
