package dev.proxytune.llama;

import dev.proxytune.ConstraintException;
import dev.proxytune.TokenConstraint;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Hold answers to a grammar.
 *
 * <p>It holds nothing native itself; each answer has its own sampler, and is a user of the weights for their vocabulary.
 */
final class GrammarConstraint implements TokenConstraint {
    private final NativeModel model;
    private final LlamaVocabulary vocabulary;
    private final String grammar;

    private GrammarConstraint(NativeModel model, LlamaVocabulary vocabulary, String grammar) {
        this.model = model;
        this.vocabulary = vocabulary;
        this.grammar = grammar;
    }

    /**
     * Check a grammar and make a constraint of it; the caller is a user of the model.
     *
     * @throws ConstraintException if it is wrong, or cannot be run
     */
    static GrammarConstraint of(NativeModel model, LlamaVocabulary vocabulary, String grammar) {
        check(grammar);
        var constraint = new GrammarConstraint(model, vocabulary, grammar);
        constraint.begin().close();
        return constraint;
    }

    static void check(String grammar) {
        GbnfCheck.check(GbnfParser.parse(grammar));
    }

    @Override
    public State begin() {
        model.retain();
        try (Arena arena = Arena.ofConfined()) {
            Pieces pieces = vocabulary.pieces();
            MemorySegment text = arena.allocateFrom(grammar);
            MemorySegment root = arena.allocateFrom("root");
            var made = LlamaLog.explaining(() -> SamplerApi.initGrammar(vocabulary.handle(), text, root));
            if (Native.isNull(made.result())) {
                throw new ConstraintException("llama.cpp refuses the grammar" + made.suffix());
            }
            return new GrammarState(model, pieces, made.result());
        } catch (RuntimeException | Error e) {
            model.release();
            throw e;
        }
    }
}
