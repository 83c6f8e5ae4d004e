package dev.proxytune.hub;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Name three models that go together.
 *
 * @param name what users call it
 * @param target the model to steer
 * @param expert the small tuned model
 * @param antiExpert the small model as it was before tuning
 * @param formats how each of them reads prompts
 * @param alpha how strongly the pair steers
 * @param why what it is good for
 * @param license under which terms the models are published
 * @param unverified what nobody has checked, if anything
 * @param origin the catalogue that it is from
 */
public record Trio(
        String name,
        TrioPart target,
        TrioPart expert,
        TrioPart antiExpert,
        TrioFormats formats,
        float alpha,
        String why,
        String license,
        Optional<String> unverified,
        String origin) {

    public Trio {
        if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,63}")) {
            throw new IllegalArgumentException(
                    "'" + name + "' is no name for a trio: letters, digits, '.', '_' and '-' make one");
        }
        if (!Float.isFinite(alpha)) {
            throw new IllegalArgumentException("alpha must be a finite number, got: " + alpha);
        }
    }

    /** Return the models: target, expert, anti-expert. */
    public List<TrioPart> parts() {
        return List.of(target, expert, antiExpert);
    }

    /**
     * Return about how many bytes of memory it takes: all weights, and a tenth more for contexts and buffers. Empty if the
     * size of a model is not known.
     */
    public OptionalLong memory(ModelHub hub) {
        long sum = 0;
        for (TrioPart part : parts()) {
            OptionalLong bytes = part.bytes(hub);
            if (bytes.isEmpty()) {
                return OptionalLong.empty();
            }
            sum += bytes.getAsLong();
        }
        return OptionalLong.of(sum + sum / 10);
    }
}
