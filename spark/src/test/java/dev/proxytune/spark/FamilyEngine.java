package dev.proxytune.spark;

import dev.proxytune.ExpertPair;
import dev.proxytune.ProxyTuneException;
import dev.proxytune.ProxyTunedModel;
import dev.proxytune.Sampling;
import dev.proxytune.batch.BatchEngine;
import dev.proxytune.batch.BatchModel;
import dev.proxytune.batch.BatchSettings;
import dev.proxytune.batch.EngineSource;
import dev.proxytune.llama.LlamaModel;
import dev.proxytune.llama.ModelOptions;
import dev.proxytune.openai.JsonGrammars;
import dev.proxytune.openai.RequestDefaults;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Opens the models that come with the project, and counts how often. */
record FamilyEngine(String folder) implements EngineSource {
    static final AtomicInteger OPENED = new AtomicInteger();

    private static final int SEQUENCES = 4;
    private static final int CONTEXT = 256;
    private static final int LENGTH = 6;

    static FamilyEngine inPlace() {
        return new FamilyEngine(Path.of("../models").toAbsolutePath().toString());
    }

    @Override
    public BatchEngine open() {
        OPENED.incrementAndGet();
        ProxyTunedModel model =
                ProxyTunedModel.of(load("target"), List.of(ExpertPair.of(load("expert"), load("anti-expert"))));
        var defaults = new RequestDefaults(Sampling.GREEDY, LENGTH, LENGTH, List.of());
        return BatchEngine.open(
                BatchModel.of("family", model),
                SEQUENCES,
                CONTEXT,
                new BatchSettings(defaults, defaults, 42),
                new None());
    }

    private LlamaModel load(String name) {
        return LlamaModel.load(Path.of(folder, name + ".gguf"), ModelOptions.DEFAULT.withThreads(1));
    }

    private static final class None implements JsonGrammars {

        @Override
        public String anyObject() {
            throw new ProxyTuneException("there are no grammars here");
        }

        @Override
        public String of(Object schema) {
            throw new ProxyTuneException("there are no grammars here");
        }
    }
}
