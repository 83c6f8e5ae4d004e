package dev.proxytune.server;

import dev.proxytune.Steering;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

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
 * @param opener opens the model; called in any thread, again after it was unloaded
 * @param examples questions that suit it, which the page offers
 */
public record ServedModel(
        String name,
        Set<Voice> roles,
        Steering steering,
        boolean loadedAtStart,
        Supplier<LoadedModel> opener,
        List<String> examples) {

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
        return new ServedModel(name, Set.of(Voice.WHOLE), Steering.DEFAULT, true, opener, List.of());
    }

    /**
     * Offer a proxy-tuned model and its target, loaded at start.
     *
     * @param expert whether its first pair has an expert, which is then offered too
     */
    public static ServedModel trio(String name, boolean expert, Steering steering, Supplier<LoadedModel> opener) {
        Set<Voice> roles = expert ? Set.of(Voice.values()) : Set.of(Voice.WHOLE, Voice.BASE);
        return new ServedModel(name, roles, steering, true, opener, List.of());
    }

    /** Load it on first use. */
    public ServedModel onFirstUse() {
        return new ServedModel(name, roles, steering, false, opener, examples);
    }

    /** Offer questions to those who open the page. */
    public ServedModel withExamples(List<String> questions) {
        return new ServedModel(name, roles, steering, loadedAtStart, opener, questions);
    }

    boolean isProxied() {
        return roles.contains(Voice.BASE);
    }
}
