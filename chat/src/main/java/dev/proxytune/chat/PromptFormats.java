package dev.proxytune.chat;

import dev.proxytune.ExpertPair;
import dev.proxytune.LanguageModel;
import dev.proxytune.PromptText;
import dev.proxytune.ProxyTuneException;
import dev.proxytune.ProxyTunedModel;
import dev.proxytune.RoleText;
import java.util.ArrayList;
import java.util.List;

/**
 * Hold the format of each role of a model. Immutable and thread-safe.
 *
 * <p>In the paper's setting a base target and anti-expert read plain text and a chat expert its template (paper, section
 * 3).
 */
public final class PromptFormats {
    private final PromptFormat target;
    private final List<PromptFormat> experts;
    private final List<PromptFormat> antiExperts;

    private PromptFormats(PromptFormat target, List<PromptFormat> experts, List<PromptFormat> antiExperts) {
        this.target = target;
        this.experts = List.copyOf(experts);
        this.antiExperts = List.copyOf(antiExperts);
    }

    /**
     * Choose the formats of the roles of a model.
     *
     * @param experts one choice for the experts of all pairs, or one for each; none stands for the target's
     * @param antiExperts the same for the anti-experts
     * @throws ProxyTuneException if a model has no template where one is asked for, or a template cannot be read
     */
    public static PromptFormats of(
            LanguageModel model, FormatChoice target, List<FormatChoice> experts, List<FormatChoice> antiExperts) {
        if (!(model instanceof ProxyTunedModel trio)) {
            return new PromptFormats(target.resolve(model, "model"), List.of(), List.of());
        }
        requireFit(experts, trio.pairs().size());
        requireFit(antiExperts, trio.pairs().size());
        List<PromptFormat> expertFormats = new ArrayList<>();
        List<PromptFormat> antiExpertFormats = new ArrayList<>();
        for (int i = 0; i < trio.pairs().size(); i++) {
            ExpertPair pair = trio.pairs().get(i);
            FormatChoice expert = choice(experts, i, target);
            FormatChoice antiExpert = choice(antiExperts, i, target);
            expertFormats.add(
                    pair.expert().map(role -> expert.resolve(role, "expert")).orElse(PromptFormat.plain()));
            antiExpertFormats.add(pair.antiExpert()
                    .map(role -> antiExpert.resolve(role, "anti-expert"))
                    .orElse(PromptFormat.plain()));
        }
        return new PromptFormats(target.resolve(trio.target(), "target"), expertFormats, antiExpertFormats);
    }

    /** Let all roles read plain text, or their own templates where they have some. */
    public static PromptFormats auto(LanguageModel model) {
        return of(model, new FormatChoice.Auto(), List.of(), List.of());
    }

    private static void requireFit(List<FormatChoice> choices, int pairs) {
        if (choices.size() > 1 && choices.size() != pairs) {
            throw new ProxyTuneException(
                    choices.size() + " prompt formats for " + pairs + " pairs: give one for all, or one for each");
        }
    }

    private static FormatChoice choice(List<FormatChoice> choices, int pair, FormatChoice otherwise) {
        if (choices.isEmpty()) {
            return otherwise;
        }
        return choices.size() == 1 ? choices.getFirst() : choices.get(pair);
    }

    /** Return whether the target reads plain text, and so may never have been told to answer. */
    public boolean isTargetPlain() {
        return target instanceof PlainFormat;
    }

    /** Return whether the expert of a pair, counted from 0, reads plain text. */
    public boolean isExpertPlain(int pair) {
        return experts.get(pair) instanceof PlainFormat;
    }

    /**
     * Return what each role reads of a conversation.
     *
     * @throws ProxyTuneException if a template refuses it
     */
    public PromptText format(Conversation conversation) {
        RoleText ofTarget = target.format(conversation);
        return new PromptText(ofTarget, all(experts, conversation), all(antiExperts, conversation));
    }

    private static List<RoleText> all(List<PromptFormat> formats, Conversation conversation) {
        return formats.stream().map(format -> format.format(conversation)).toList();
    }
}
