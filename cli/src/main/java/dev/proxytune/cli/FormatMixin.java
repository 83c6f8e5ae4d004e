package dev.proxytune.cli;

import dev.proxytune.ExpertPair;
import dev.proxytune.LanguageModel;
import dev.proxytune.PromptText;
import dev.proxytune.ProxyTuneException;
import dev.proxytune.ProxyTunedModel;
import dev.proxytune.RoleText;
import dev.proxytune.chat.Conversation;
import dev.proxytune.chat.FormatChoice;
import dev.proxytune.chat.Message;
import dev.proxytune.chat.PromptFormats;
import dev.proxytune.hub.TrioFormats;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Declare the options for how each role reads what users say. */
@Command
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class FormatMixin {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            description =
                    "How the target reads the prompt: plain, chat (its own template), auto (its template if it has"
                            + " one) or chat-file=FILE (a Jinja template).")
    private @Nullable String format;

    @Option(
            names = "--expert-format",
            paramLabel = "FORMAT",
            description = "The same for experts; as for the target by default. One for all pairs, or one for each.")
    private List<String> expertFormats = new ArrayList<>();

    @Option(names = "--anti-expert-format", paramLabel = "FORMAT", description = "The same for anti-experts.")
    private List<String> antiExpertFormats = new ArrayList<>();

    @Option(
            names = {"-sys", "--system"},
            paramLabel = "TEXT",
            description = "What the system's message says, where a template has a place for one.")
    private @Nullable String system;

    /** Take a trio's formats where the command line says nothing; one for the target is one for all. */
    void suggest(Optional<TrioFormats> formats) {
        if (format == null && formats.isPresent()) {
            format = formats.get().target().orElse(null);
            expertFormats = expertFormats.isEmpty() ? list(formats.get().expert()) : expertFormats;
            antiExpertFormats = antiExpertFormats.isEmpty() ? list(formats.get().antiExpert()) : antiExpertFormats;
        }
    }

    private static List<String> list(Optional<String> format) {
        return new ArrayList<>(format.stream().toList());
    }

    /** Return whether any role has a format. */
    boolean isGiven() {
        return format != null || !expertFormats.isEmpty() || !antiExpertFormats.isEmpty();
    }

    /** Say what is chosen. */
    void describe(Map<String, @Nullable Object> settings) {
        settings.put("format", format);
        settings.put("expert_format", expertFormats);
        settings.put("anti_expert_format", antiExpertFormats);
        settings.put("system", system);
    }

    Optional<String> system() {
        return Optional.ofNullable(system);
    }

    /** Refuse what is no format, and what does not fit the models. */
    void check(ModelPlan plan) {
        target();
        check("--expert-format", Role.EXPERT, expertFormats, plan);
        check("--anti-expert-format", Role.ANTI_EXPERT, antiExpertFormats, plan);
    }

    private void check(String option, Role role, List<String> formats, ModelPlan plan) {
        choices(option, formats);
        Usage.require(formats.isEmpty() || plan.has(role), command, option + ": there is no " + role);
        Usage.require(
                formats.size() <= 1 || formats.size() == plan.pairs().size(),
                command,
                formats.size() + " times " + option + " for " + plan.pairs().size()
                        + " pairs: give one for all, or one for each");
    }

    private Optional<FormatChoice> target() {
        return format == null ? Optional.empty() : Optional.of(choice("--format", format));
    }

    private FormatChoice choice(String option, String text) {
        try {
            return FormatChoice.parse(text);
        } catch (ProxyTuneException e) {
            throw Usage.wrong(command, option + ": " + e.getMessage());
        }
    }

    private List<FormatChoice> choices(String option, List<String> texts) {
        return texts.stream().map(text -> choice(option, text)).toList();
    }

    /**
     * Return the formats of all roles for conversations.
     *
     * @param otherwise what the target and anti-experts read by if nothing is said
     * @param otherwiseExpert the same for experts
     */
    PromptFormats formats(LanguageModel model, FormatChoice otherwise, FormatChoice otherwiseExpert) {
        FormatChoice ofTarget = target().orElse(otherwise);
        List<FormatChoice> experts = choices("--expert-format", expertFormats);
        List<FormatChoice> antiExperts = choices("--anti-expert-format", antiExpertFormats);
        boolean follow = format != null;
        return PromptFormats.of(
                model, ofTarget, experts.isEmpty() && !follow ? List.of(otherwiseExpert) : experts, antiExperts);
    }

    /** Return what each role reads of prompts: by its format, or the text itself if it has none. */
    PromptText apply(LanguageModel model, PromptText prompts) {
        if (!isGiven()) {
            return prompts;
        }
        LanguageModel ofTarget = model instanceof ProxyTunedModel trio ? trio.target() : model;
        List<RoleText> experts = new ArrayList<>();
        List<RoleText> antiExperts = new ArrayList<>();
        List<ExpertPair> pairs = model instanceof ProxyTunedModel trio ? trio.pairs() : List.of();
        for (int pair = 0; pair < pairs.size(); pair++) {
            experts.add(apply(
                    choice("--expert-format", expertFormats, pair),
                    pairs.get(pair).expert().orElse(ofTarget),
                    Role.EXPERT,
                    prompts.expert(pair)));
            antiExperts.add(apply(
                    choice("--anti-expert-format", antiExpertFormats, pair),
                    pairs.get(pair).antiExpert().orElse(ofTarget),
                    Role.ANTI_EXPERT,
                    prompts.antiExpert(pair)));
        }
        return new PromptText(apply(target(), ofTarget, Role.TARGET, prompts.target()), experts, antiExperts);
    }

    private Optional<FormatChoice> choice(String option, List<String> formats, int pair) {
        if (formats.isEmpty()) {
            return target();
        }
        return Optional.of(choice(option, formats.get(Math.min(pair, formats.size() - 1))));
    }

    private RoleText apply(Optional<FormatChoice> choice, LanguageModel model, Role role, RoleText prompt) {
        return choice.map(format -> format.resolve(model, role.toString()).format(conversation(prompt.text())))
                .orElse(prompt);
    }

    private Conversation conversation(String prompt) {
        List<Message> messages = new ArrayList<>();
        system().ifPresent(text -> messages.add(Message.system(text)));
        messages.add(Message.user(prompt));
        return Conversation.of(messages).withPlainText(prompt);
    }
}
