package dev.proxytune.cli;

import dev.proxytune.DecoderOptions;
import dev.proxytune.LanguageModel;
import dev.proxytune.llama.MemoryNeed;
import dev.proxytune.llama.ModelOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Hand out fake models by the names of files, and remember what was asked for. */
final class FakeLoader implements ModelLoader {
    /** What was loaded: a file's name, with an adapter's name and scale behind it. */
    final List<String> loaded = new ArrayList<>();

    final List<ModelOptions> options = new ArrayList<>();

    private final Map<String, FakeModel> models = new HashMap<>();

    FakeLoader put(String name, FakeModel model) {
        models.put(name, model);
        return this;
    }

    FakeModel model(String name) {
        return Optional.ofNullable(models.get(name)).orElseThrow();
    }

    @Override
    public LanguageModel load(Path file, Optional<ModelPlan.Adapter> adapter, ModelOptions modelOptions) {
        String name = file.getFileName().toString()
                + adapter.map(lora -> "+" + lora.file().getFileName() + "*" + lora.scale())
                        .orElse("");
        loaded.add(name);
        options.add(modelOptions);
        return model(name);
    }

    @Override
    public LanguageModel loadVocabulary(Path file) {
        throw new UnsupportedOperationException();
    }

    @Override
    public MemoryNeed memory(Path file, ModelOptions modelOptions, DecoderOptions size) {
        throw new UnsupportedOperationException();
    }
}
