package dev.proxytune;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Be the language model that a target and one or more expert pairs make together (Liu et al. 2024, arXiv 2401.08565).
 *
 * <p>Its parts may be any language models, proxy-tuned ones included, that give token ids the same meaning; ids that an
 * expert lacks are not moved by it. A part that is proxy-tuned itself is steered by {@link Steering#DEFAULT}. It owns
 * its parts and closes them.
 *
 * <p>Its decoders run parts that compute on different things ({@link Decoder#resources}) side by side if that is faster,
 * and compute once what the same model ({@link LanguageModel#isSameAs}) says in two roles.
 */
public final class ProxyTunedModel implements LanguageModel {
    private final LanguageModel target;
    private final List<ExpertPair> pairs;
    private final int[] shared;
    private final CombinedVocabulary vocabulary;

    private ProxyTunedModel(LanguageModel target, List<ExpertPair> pairs) {
        this.target = target;
        this.pairs = List.copyOf(pairs);
        if (pairs.isEmpty()) {
            throw new IllegalArgumentException("A proxy-tuned model needs at least one expert or anti-expert");
        }
        this.shared = this.pairs.stream().mapToInt(this::sharedIds).toArray();
        this.vocabulary = new CombinedVocabulary(
                target.vocabulary(),
                roles().skip(1).map(LanguageModel::vocabulary).distinct().toList());
    }

    /**
     * Combine a target with an expert and an anti-expert.
     *
     * @throws VocabularyMismatchException if a token id means different texts
     */
    public static ProxyTunedModel of(LanguageModel target, LanguageModel expert, LanguageModel antiExpert) {
        return of(target, List.of(ExpertPair.of(expert, antiExpert)));
    }

    /**
     * Combine a target with several pairs.
     *
     * @throws VocabularyMismatchException if a token id means different texts
     */
    public static ProxyTunedModel of(LanguageModel target, List<ExpertPair> pairs) {
        return new ProxyTunedModel(target, pairs);
    }

    public LanguageModel target() {
        return target;
    }

    public List<ExpertPair> pairs() {
        return pairs;
    }

    @Override
    public Vocabulary vocabulary() {
        return vocabulary;
    }

    @Override
    public int contextLength() {
        return roles().mapToInt(LanguageModel::contextLength).min().orElseThrow();
    }

    @Override
    public Optional<String> chatTemplate() {
        return target.chatTemplate();
    }

    /** Make a constraint on the answer, which is the target's as well as everyone's. */
    @Override
    public TokenConstraint constraint(String grammar) {
        return CombinedConstraint.of(target.constraint(grammar), vocabulary);
    }

    @Override
    public Prompt tokenize(PromptText text) {
        List<Prompt> experts = new ArrayList<>();
        List<Prompt> antiExperts = new ArrayList<>();
        for (int pair = 0; pair < pairs.size(); pair++) {
            LanguageModel expert = pairs.get(pair).expert().orElse(target);
            LanguageModel antiExpert = pairs.get(pair).antiExpert().orElse(target);
            experts.add(expert.tokenize(PromptText.of(text.expert(pair))));
            antiExperts.add(antiExpert.tokenize(PromptText.of(text.antiExpert(pair))));
        }
        int[] tokens = target.tokenize(PromptText.of(text.target())).tokens();
        return Prompt.of(tokens, experts, antiExperts);
    }

    @Override
    public Decoder open(DecoderOptions options) {
        List<Decoder> opened = new ArrayList<>();
        try {
            opened.add(target.open(options));
            Map<LanguageModel, Optional<RoleDecoder>> first = new LinkedHashMap<>();
            first.put(target, Optional.empty());
            List<RoleDecoder> roles = new ArrayList<>();
            for (int pair = 0; pair < pairs.size(); pair++) {
                for (boolean expert : new boolean[] {true, false}) {
                    Optional<LanguageModel> model =
                            expert ? pairs.get(pair).expert() : pairs.get(pair).antiExpert();
                    if (model.isPresent()) {
                        Decoder decoder = model.get().open(options);
                        opened.add(decoder);
                        int size = model.get().vocabulary().size();
                        Optional<RoleDecoder.Twin> twin = twin(model.get(), first, opened.getFirst());
                        var role = new RoleDecoder(decoder, size, pair, expert, twin);
                        first.putIfAbsent(model.get(), Optional.of(role));
                        roles.add(role);
                    }
                }
            }
            return new ProxyTunedDecoder(opened.getFirst(), roles, shared, vocabulary.size());
        } catch (RuntimeException | Error e) {
            try {
                closeAll(opened);
            } catch (RuntimeException e2) {
                e.addSuppressed(e2);
            }
            throw e;
        }
    }

    /** Return the first role of the same model. */
    private static Optional<RoleDecoder.Twin> twin(
            LanguageModel model, Map<LanguageModel, Optional<RoleDecoder>> first, Decoder target) {
        return first.entrySet().stream()
                .filter(other -> other.getKey().isSameAs(model))
                .findFirst()
                .map(other -> new RoleDecoder.Twin(target, other.getValue()));
    }

    @Override
    public void close() {
        closeAll(roles().toList());
    }

    /** Close all of them even if one cannot be closed. */
    static void closeAll(List<? extends AutoCloseable> closeables) {
        RuntimeException failure = null;
        for (AutoCloseable closeable : closeables) {
            try {
                closeable.close();
            } catch (Exception e) {
                RuntimeException wrapped = e instanceof RuntimeException unchecked
                        ? unchecked
                        : new ProxyTuneException("A model could not be closed", e);
                if (failure == null) {
                    failure = wrapped;
                } else {
                    failure.addSuppressed(wrapped);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    private Stream<LanguageModel> roles() {
        return Stream.concat(
                Stream.of(target),
                pairs.stream().flatMap(pair -> Stream.concat(pair.expert().stream(), pair.antiExpert().stream())));
    }

    private int sharedIds(ExpertPair pair) {
        Vocabulary ids = target.vocabulary();
        int withExpert = pair.expert()
                .map(model -> VocabularyMatch.require(ids, model.vocabulary(), "expert"))
                .orElse(ids.size());
        int withAntiExpert = pair.antiExpert()
                .map(model -> VocabularyMatch.require(ids, model.vocabulary(), "anti-expert"))
                .orElse(ids.size());
        return Math.min(withExpert, withAntiExpert);
    }
}
