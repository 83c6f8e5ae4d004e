package dev.proxytune;

import java.util.BitSet;
import java.util.stream.IntStream;

/**
 * Restrict answers as the target's constraint does, and let the end-of-generation tokens of experts end an answer where
 * the target's own may.
 */
final class CombinedConstraint implements TokenConstraint {
    private final TokenConstraint target;
    private final BitSet otherEnds;
    private final int end;

    /**
     * Create the constraint.
     *
     * @param otherEnds tokens that end an answer, though not the target alone
     * @param end a token that ends the target's answers, −1 if it has none
     */
    private CombinedConstraint(TokenConstraint target, BitSet otherEnds, int end) {
        this.target = target;
        this.otherEnds = otherEnds;
        this.end = end;
    }

    /** Return what a constraint of the target's means for a model whose answers the combined vocabulary describes. */
    static TokenConstraint of(TokenConstraint target, CombinedVocabulary vocabulary) {
        BitSet ends = ends(vocabulary);
        BitSet targetEnds = ends(vocabulary.target());
        ends.andNot(targetEnds);
        return ends.isEmpty() ? target : new CombinedConstraint(target, ends, targetEnds.nextSetBit(0));
    }

    private static BitSet ends(Vocabulary vocabulary) {
        var ends = new BitSet();
        IntStream.range(0, vocabulary.size())
                .filter(vocabulary::isEndOfGeneration)
                .forEach(ends::set);
        return ends;
    }

    @Override
    public State begin() {
        State state = target.begin();
        return new State() {
            @Override
            public boolean allows(int token) {
                return otherEnds.get(token) ? isComplete() : state.allows(token);
            }

            @Override
            public void apply(float[] logits) {
                boolean complete = isComplete();
                int[] ids = otherEnds.stream().toArray();
                float[] kept = new float[ids.length];
                for (int i = 0; i < ids.length; i++) {
                    kept[i] = complete ? logits[ids[i]] : Float.NEGATIVE_INFINITY;
                }
                state.apply(logits);
                for (int i = 0; i < ids.length; i++) {
                    logits[ids[i]] = kept[i];
                }
            }

            private boolean isComplete() {
                return end >= 0 && state.allows(end);
            }

            @Override
            public void accept(int token) {
                if (!otherEnds.get(token)) {
                    state.accept(token);
                }
            }

            @Override
            public void close() {
                state.close();
            }
        };
    }
}
