package dev.proxytune.chat;

import dev.proxytune.Decoder;
import dev.proxytune.DecoderOptions;
import dev.proxytune.LanguageModel;
import dev.proxytune.Prompt;
import dev.proxytune.PromptText;
import dev.proxytune.Vocabulary;
import java.util.Optional;
import java.util.OptionalInt;

/** A model that has a chat template and tokens called {@code <s>} and {@code </s>}, and cannot be run. */
final class TalkingModel implements LanguageModel {
    private final String template;

    /** Create one with a template, or none if it is empty. */
    TalkingModel(String template) {
        this.template = template;
    }

    @Override
    public Optional<String> chatTemplate() {
        return Optional.of(template).filter(text -> !text.isEmpty());
    }

    @Override
    public Vocabulary vocabulary() {
        return new Names();
    }

    @Override
    public int contextLength() {
        return 100;
    }

    @Override
    public Prompt tokenize(PromptText text) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Decoder open(DecoderOptions options) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}

    private record Names() implements Vocabulary {

        @Override
        public int size() {
            return 2;
        }

        @Override
        public String type() {
            return "SPM";
        }

        @Override
        public String text(int id) {
            return id == 0 ? "<s>" : "</s>";
        }

        @Override
        public boolean isPadding(int id) {
            return false;
        }

        @Override
        public boolean isControl(int id) {
            return true;
        }

        @Override
        public boolean isEndOfGeneration(int id) {
            return id == 1;
        }

        @Override
        public OptionalInt bos() {
            return OptionalInt.of(0);
        }

        @Override
        public OptionalInt eos() {
            return OptionalInt.of(1);
        }

        @Override
        public OptionalInt eot() {
            return OptionalInt.empty();
        }

        @Override
        public byte[] bytes(int id) {
            return new byte[0];
        }

        @Override
        public int[] tokenize(String text, boolean addSpecial, boolean parseSpecial) {
            throw new UnsupportedOperationException();
        }

        @Override
        public byte[] detokenize(int[] ids, boolean removeSpecial, boolean unparseSpecial) {
            throw new UnsupportedOperationException();
        }
    }
}
