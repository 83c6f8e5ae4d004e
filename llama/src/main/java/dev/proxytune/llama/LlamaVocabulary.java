package dev.proxytune.llama;

import dev.proxytune.CapacityException;
import dev.proxytune.Vocabulary;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Ask llama.cpp for the tokens of a model.
 *
 * <p>Nothing is copied beforehand: a call costs some hundred nanoseconds, which even for all tokens of a large
 * vocabulary is less than reading them all at start would be worth. It works as long as the model, or a decoder of it,
 * is open.
 */
final class LlamaVocabulary implements Vocabulary {
    /** Bits of {@code llama_token_attr}. */
    private static final int UNUSED = 1 << 1;

    private static final String[] TYPES = {"NONE", "SPM", "BPE", "WPM", "UGM", "RWKV", "PLAMO2", "TEST"};

    private final NativeModel model;
    private final MemorySegment handle;
    private final int size;
    private final String type;
    private final OptionalInt bos;
    private final OptionalInt eos;
    private final OptionalInt eot;
    private @Nullable Pieces pieces;

    LlamaVocabulary(NativeModel model) {
        this.model = model;
        this.handle = ModelApi.vocabulary(model.handle());
        this.size = VocabularyApi.size(handle);
        int number = VocabularyApi.type(handle);
        this.type = number >= 0 && number < TYPES.length ? TYPES[number] : "type " + number;
        this.bos = inRange(VocabularyApi.bos(handle));
        this.eos = inRange(VocabularyApi.eos(handle));
        this.eot = inRange(VocabularyApi.eot(handle));
    }

    private OptionalInt inRange(int id) {
        return id >= 0 && id < size ? OptionalInt.of(id) : OptionalInt.empty();
    }

    /** Return llama.cpp's pointer; for those who use the model. */
    MemorySegment handle() {
        return handle;
    }

    /** Return what each token is to a grammar, found out once. */
    synchronized Pieces pieces() {
        Pieces known = pieces;
        if (known == null) {
            known = model.whileLoaded(() -> Pieces.of(handle, size));
            pieces = known;
        }
        return known;
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public String type() {
        return type;
    }

    @Override
    public String text(int id) {
        return of(id, () -> VocabularyApi.text(handle, id));
    }

    @Override
    public boolean isPadding(int id) {
        int attributes = of(id, () -> VocabularyApi.attributes(handle, id));
        return attributes == 0 || (attributes & UNUSED) != 0;
    }

    @Override
    public boolean isControl(int id) {
        return of(id, () -> VocabularyApi.isControl(handle, id));
    }

    @Override
    public boolean isEndOfGeneration(int id) {
        return of(id, () -> VocabularyApi.isEnd(handle, id));
    }

    private <T> T of(int id, Supplier<T> call) {
        Objects.checkIndex(id, size);
        return model.whileLoaded(call);
    }

    @Override
    public OptionalInt bos() {
        return bos;
    }

    @Override
    public OptionalInt eos() {
        return eos;
    }

    @Override
    public OptionalInt eot() {
        return eot;
    }

    @Override
    public byte[] bytes(int id) {
        return of(id, () -> {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment bytes = arena.allocate(64);
                int length = VocabularyApi.piece(handle, id, bytes, false);
                if (length < 0) {
                    bytes = arena.allocate(-length);
                    length = VocabularyApi.piece(handle, id, bytes, false);
                }
                return bytes.asSlice(0, length).toArray(Native.BYTE);
            }
        });
    }

    @Override
    public int[] tokenize(String text, boolean addSpecial, boolean parseSpecial) {
        // Lone surrogates become question marks, so what llama.cpp gets is always well-formed.
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return model.whileLoaded(() ->
                DeepStack.call(type.equals("BPE") ? bytes.length : 0, () -> tokenize(bytes, addSpecial, parseSpecial)));
    }

    private int[] tokenize(byte[] text, boolean addSpecial, boolean parseSpecial) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment source = arena.allocateFrom(Native.BYTE, text);
            // Seldom more than a token for a byte, and two that mark the beginning and the end.
            MemorySegment ids = arena.allocate(Native.INT, Math.min(text.length, Integer.MAX_VALUE / 8) + 8L);
            int count = VocabularyApi.tokenize(handle, source, ids, addSpecial, parseSpecial);
            if (count == Integer.MIN_VALUE) {
                throw new CapacityException("The text is too long: it has more tokens than can be counted");
            }
            if (count < 0) {
                ids = arena.allocate(Native.INT, -count);
                count = VocabularyApi.tokenize(handle, source, ids, addSpecial, parseSpecial);
            }
            return ids.asSlice(0, (long) count * Integer.BYTES).toArray(Native.INT);
        }
    }

    @Override
    public byte[] detokenize(int[] ids, boolean removeSpecial, boolean unparseSpecial) {
        int[] tokens = ids.clone();
        for (int id : tokens) {
            Objects.checkIndex(id, size);
        }
        return model.whileLoaded(() -> {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment source = arena.allocateFrom(Native.INT, tokens);
                MemorySegment bytes = arena.allocate(Math.min(8L * tokens.length + 64, 1 << 26));
                int length = VocabularyApi.detokenize(handle, source, bytes, removeSpecial, unparseSpecial);
                if (length == Integer.MIN_VALUE) {
                    throw new CapacityException("The tokens' text is too long: " + tokens.length + " tokens");
                }
                if (length < 0) {
                    bytes = arena.allocate(-length);
                    length = VocabularyApi.detokenize(handle, source, bytes, removeSpecial, unparseSpecial);
                }
                return bytes.asSlice(0, length).toArray(Native.BYTE);
            }
        });
    }

    @Override
    public String toString() {
        return type + " vocabulary of " + size + " tokens";
    }
}
