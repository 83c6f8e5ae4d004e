package dev.proxytune.llama;

import dev.proxytune.ConstraintException;
import dev.proxytune.DecoderOptions;
import dev.proxytune.InvalidModelException;
import dev.proxytune.LanguageModel;
import dev.proxytune.Prompt;
import dev.proxytune.PromptText;
import dev.proxytune.ProxyTuneException;
import dev.proxytune.TokenConstraint;
import dev.proxytune.Vocabulary;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A model in a GGUF file, run by llama.cpp. Of a split model the first part's file is named, and the others lie beside it.
 *
 * <p>The weights of a file are in memory once, however often it is loaded with the same options. Closing is safe in any
 * order: they leave it when the last model and the last decoder of the file are closed.
 */
public final class LlamaModel implements LanguageModel {
    private final NativeModel weights;
    private final @Nullable NativeAdapter adapter;
    private final ModelOptions options;
    private final LlamaVocabulary vocabulary;
    private final ModelInfo info;
    private final AtomicBoolean closed = new AtomicBoolean();

    private LlamaModel(
            NativeModel weights, @Nullable NativeAdapter adapter, ModelOptions options, LlamaVocabulary vocabulary) {
        this.weights = weights;
        this.adapter = adapter;
        this.options = options;
        this.vocabulary = vocabulary;
        this.info = ModelFacts.info(weights, vocabulary.size(), options);
    }

    /** Load a model with the default options. */
    public static LlamaModel load(Path file) {
        return load(file, ModelOptions.DEFAULT);
    }

    /**
     * Load a model.
     *
     * @throws InvalidModelException if the file is missing, damaged, of an unknown architecture, or holds no model that
     *     continues texts
     * @throws dev.proxytune.CapacityException if the weights do not fit into memory
     * @throws NativeLibraryException if llama.cpp cannot be loaded
     */
    public static LlamaModel load(Path file, ModelOptions options) {
        return load(file, options, LoadExtent.WEIGHTS);
    }

    /** Load the vocabulary of a file and no weights; the model opens no decoder. */
    public static LlamaModel loadVocabulary(Path file) {
        return load(file, ModelOptions.DEFAULT, LoadExtent.VOCABULARY);
    }

    private static LlamaModel load(Path file, ModelOptions options, LoadExtent extent) {
        NativeModel weights = NativeModel.load(file, options, extent);
        try {
            var vocabulary = new LlamaVocabulary(weights);
            ModelFacts.check(weights, vocabulary, extent);
            return new LlamaModel(weights, null, options, vocabulary);
        } catch (RuntimeException e) {
            weights.release();
            throw e;
        }
    }

    /**
     * Return a view of this model with a LoRA adapter: the same weights, and what the adapter adds to them.
     *
     * <p>It replaces an adapter that this view has. Close the view as any other model.
     *
     * @param file the adapter as a GGUF file, made for this model
     * @param scale the factor of what it adds, 1 as it was trained
     * @throws InvalidModelException if the file is no adapter for this model
     */
    public LlamaModel withLora(Path file, float scale) {
        if (!Float.isFinite(scale)) {
            throw new IllegalArgumentException("scale must be a finite number, got: " + scale);
        }
        retain();
        try {
            return new LlamaModel(weights, NativeAdapter.load(weights, file, scale), options, vocabulary);
        } catch (RuntimeException e) {
            weights.release();
            throw e;
        }
    }

    /** Tell what the file holds. */
    public ModelInfo info() {
        return info;
    }

    @Override
    public Vocabulary vocabulary() {
        return vocabulary;
    }

    @Override
    public int contextLength() {
        return info.contextLength();
    }

    @Override
    public Optional<String> chatTemplate() {
        return weights.whileLoaded(() -> ModelApi.chatTemplate(weights.handle()));
    }

    /**
     * Check a grammar before a model is loaded, which finds nearly all faults.
     *
     * @throws ConstraintException if {@link #constraint} would refuse it
     */
    public static void checkGrammar(String grammar) {
        GrammarConstraint.check(grammar);
    }

    /**
     * Make a constraint that lets answers be only what a grammar derives, by llama.cpp's own sampler.
     *
     * <p>Refused are, beside wrong grammars, those that would end the process or take it forever: left recursion,
     * repetitions above 2000, rules that begin in a million ways. Not found beforehand, and so the caller's care where
     * grammars come from strangers: rules that stay ambiguous for long, such as {@code "a" x "b" | "a" x "c"} for
     * {@code x}, cost twice the time and memory with each step that leaves both alternatives open.
     */
    @Override
    public TokenConstraint constraint(String grammar) {
        retain();
        try {
            return GrammarConstraint.of(weights, vocabulary, grammar);
        } finally {
            weights.release();
        }
    }

    @Override
    public Prompt tokenize(PromptText text) {
        int[] tokens = text.target().tokens(vocabulary);
        if (tokens.length > 0) {
            return Prompt.of(tokens);
        }
        return Prompt.of(vocabulary
                .bos()
                .orElseThrow(() -> new ProxyTuneException(
                        "The prompt is empty, and this model has no token that begins a text: give it some text")));
    }

    @Override
    public boolean isSameAs(LanguageModel other) {
        return other instanceof LlamaModel model
                && weights == model.weights
                && adapter == model.adapter
                && options.equals(model.options);
    }

    @Override
    public LlamaDecoder open(DecoderOptions decoderOptions) {
        retain();
        try {
            NativeAdapter lora = adapter;
            if (lora != null) {
                lora.retain();
            }
            try {
                return LlamaDecoder.open(weights, lora, options, info, decoderOptions);
            } catch (RuntimeException e) {
                if (lora != null) {
                    lora.release();
                }
                throw e;
            }
        } catch (RuntimeException e) {
            weights.release();
            throw e;
        }
    }

    /**
     * Open a decoder without anything around llama.cpp, as a floor for benchmarks; an adapter is left out.
     *
     * @param contextLength how many tokens it can hold
     */
    public BareDecoder openBare(int contextLength) {
        return openBare(DecoderOptions.DEFAULT.withContextLength(contextLength));
    }

    /**
     * Open the same for several sequences.
     *
     * @param wanted how many sequences, how many tokens each can hold, and how many rows one decode may yield
     */
    public BareDecoder openBare(DecoderOptions wanted) {
        retain();
        try {
            return new BareDecoder(weights, options, info, wanted);
        } catch (RuntimeException e) {
            weights.release();
            throw e;
        }
    }

    /** Become a user of the weights, which this model must still be itself. */
    private void retain() {
        // Between the check and the next step another thread may close this; then the second finds no user.
        if (closed.get() || !weights.tryRetain()) {
            throw new IllegalStateException("The model " + weights.file() + " is closed");
        }
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            if (adapter != null) {
                adapter.release();
            }
            weights.release();
        }
    }

    @Override
    public String toString() {
        return "LlamaModel[" + weights.file() + "]";
    }
}
