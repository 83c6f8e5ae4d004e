package dev.proxytune;

import java.util.List;
import java.util.OptionalInt;

/** Read as the target's vocabulary, in which an answer ends with any end-of-generation token of any role. */
record CombinedVocabulary(Vocabulary target, List<Vocabulary> others) implements Vocabulary {

    @Override
    public boolean isEndOfGeneration(int id) {
        if (target.isEndOfGeneration(id)) {
            return true;
        }
        for (Vocabulary other : others) {
            if (id < other.size() && other.isEndOfGeneration(id)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public int size() {
        return target.size();
    }

    @Override
    public String type() {
        return target.type();
    }

    @Override
    public String text(int id) {
        return target.text(id);
    }

    @Override
    public boolean isPadding(int id) {
        return target.isPadding(id);
    }

    @Override
    public boolean isControl(int id) {
        return target.isControl(id);
    }

    @Override
    public OptionalInt bos() {
        return target.bos();
    }

    @Override
    public OptionalInt eos() {
        return target.eos();
    }

    @Override
    public OptionalInt eot() {
        return target.eot();
    }

    @Override
    public byte[] bytes(int id) {
        return target.bytes(id);
    }

    @Override
    public int[] tokenize(String text, boolean addSpecial, boolean parseSpecial) {
        return target.tokenize(text, addSpecial, parseSpecial);
    }

    @Override
    public byte[] detokenize(int[] ids, boolean removeSpecial, boolean unparseSpecial) {
        return target.detokenize(ids, removeSpecial, unparseSpecial);
    }
}
