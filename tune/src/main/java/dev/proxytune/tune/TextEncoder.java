package dev.proxytune.tune;

import dev.proxytune.ProxyTuneException;
import dev.proxytune.Vocabulary;
import dev.proxytune.llama.LlamaModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Turns texts into token ids, with llama.cpp's tokenizer, so that training sees the ids that generation will see.
 *
 * <p>Special tokens written out in a text stay text, unless it is markup. Thread-safe until it is closed.
 */
public final class TextEncoder implements AutoCloseable {
    /** Longer texts are encoded in parts, as a call takes more stack the longer its text is. */
    private static final int PART = 1 << 14;

    private final LlamaModel model;
    private final Vocabulary vocabulary;
    private final int end;
    private final int[] beginning;

    private TextEncoder(LlamaModel model, int end) {
        this.model = model;
        this.vocabulary = model.vocabulary();
        this.end = end;
        this.beginning = beginning(vocabulary);
    }

    /** Return what the model wants before a text, which is what asking for it adds in front of some text. */
    private static int[] beginning(Vocabulary vocabulary) {
        int[] bare = vocabulary.tokenize("a", false, false);
        int[] full = vocabulary.tokenize("a", true, false);
        int length = 0;
        while (length < full.length
                && !Arrays.equals(full, length, Math.min(full.length, length + bare.length), bare, 0, bare.length)) {
            length++;
        }
        return Arrays.copyOf(full, length);
    }

    /**
     * Open the tokenizer of a GGUF file; weights, if there are any, are left alone.
     *
     * @throws ProxyTuneException if the file has no tokenizer that llama.cpp knows, or no token that ends a text
     */
    public static TextEncoder open(Path file) {
        var model = LlamaModel.loadVocabulary(file);
        OptionalInt end = model.vocabulary().eos();
        if (end.isEmpty()) {
            end = model.vocabulary().eot();
        }
        if (end.isEmpty()) {
            model.close();
            throw new ProxyTuneException(
                    file + ": the vocabulary has no token that ends a text; take a model that has one");
        }
        return new TextEncoder(model, end.getAsInt());
    }

    /**
     * Open a tokenizer that is in no file yet.
     *
     * @throws ProxyTuneException as {@link #open(Path)}, or if no temporary file can be written
     */
    public static TextEncoder open(TokenizerMetadata tokenizer) {
        try {
            Path folder = Files.createTempDirectory("proxytune-tokenizer");
            Path file = folder.resolve("tokenizer.gguf");
            try {
                tokenizer.write(file);
                return open(file);
            } finally {
                Files.deleteIfExists(file);
                Files.deleteIfExists(folder);
            }
        } catch (IOException e) {
            throw new ProxyTuneException(
                    "The tokenizer cannot be written to a temporary file (" + e.getMessage()
                            + "); check the free space of the temporary folder",
                    e);
        }
    }

    /** Return the vocabulary, which works until this is closed. */
    public Vocabulary vocabulary() {
        return vocabulary;
    }

    /** Return the token that ends a text. */
    public int end() {
        return end;
    }

    /** Return what renders conversations by the model's chat template, which is read when it is first used. */
    Optional<ChatRenderer> renderer() {
        return model.chatTemplate()
                .map(template -> messages -> new TemplateRenderer(template, vocabulary).render(messages));
    }

    /** Return whether a text begins with the token that ended the one before it. */
    boolean beginsWithEnd() {
        return beginning.length == 1 && beginning[0] == end;
    }

    /** Return the ids of a text's tokens and of nothing else. */
    public int[] encode(String text) {
        // Other vocabularies look across line breaks, and some put a space before each text.
        if (text.length() <= PART || !vocabulary.type().equals("BPE")) {
            return vocabulary.tokenize(text, false, false);
        }
        var ids = new TokenList();
        for (int from = 0; from < text.length(); ) {
            int to = partEnd(text, from);
            ids.addAll(vocabulary.tokenize(text.substring(from, to), false, false));
            from = to;
        }
        return ids.toArray();
    }

    /**
     * Return the ids of a text that starts a sequence: those that the model wants at the beginning, then the text's.
     *
     * <p>Nothing to start from is the token that begins a text, if there is one.
     */
    public int[] encodeStart(String text) {
        int[] ids = encode(text);
        if (beginning.length == 0) {
            return ids.length == 0 ? vocabulary.bos().stream().toArray() : ids;
        }
        int[] started = Arrays.copyOf(beginning, beginning.length + ids.length);
        System.arraycopy(ids, 0, started, beginning.length, ids.length);
        return started;
    }

    /** Return the ids of a template's text, in which special tokens written out are those tokens. */
    int[] encodeMarkup(String text) {
        return vocabulary.tokenize(text, false, true);
    }

    /**
     * Return the end of a part that starts here: after a line feed between characters that are no space, where no
     * pattern that splits texts into words has a match across.
     */
    private static int partEnd(String text, int from) {
        for (int at = from + PART; at < text.length(); at++) {
            if (text.charAt(at - 1) == '\n' && isInk(text.charAt(at - 2)) && isInk(text.charAt(at))) {
                return at;
            }
        }
        return text.length();
    }

    /** Return whether a character is certain to be no space: some that are none are left out. */
    private static boolean isInk(char character) {
        return Character.isLetterOrDigit(character) || (character > ' ' && character < 0x7f);
    }

    @Override
    public void close() {
        model.close();
    }
}
