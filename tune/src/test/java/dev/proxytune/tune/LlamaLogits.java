package dev.proxytune.tune;

import dev.proxytune.Batch;
import dev.proxytune.DecoderOptions;
import dev.proxytune.Prompt;
import dev.proxytune.Steering;
import dev.proxytune.llama.LlamaModel;
import dev.proxytune.llama.ModelOptions;
import dev.proxytune.llama.ModelOptions.CacheType;
import dev.proxytune.llama.ModelOptions.FlashAttention;
import java.nio.file.Path;

/** What llama.cpp computes, in single precision. */
final class LlamaLogits {
    static final ModelOptions OPTIONS = ModelOptions.DEFAULT
            .withThreads(1)
            .withCacheTypes(CacheType.F32, CacheType.F32)
            .withFlashAttention(FlashAttention.OFF);

    private LlamaLogits() {}

    /** Return the logits after each token, row by row. */
    static float[] of(Path file, int[] ids) {
        try (var model = LlamaModel.load(file, OPTIONS)) {
            return of(model, ids);
        }
    }

    static float[] of(LlamaModel model, int[] ids) {
        int size = model.vocabulary().size();
        float[] logits = new float[ids.length * size];
        try (var decoder = model.open(new DecoderOptions(1, model.contextLength(), ids.length))) {
            var batch = new Batch().start(0, Prompt.of(ids[0]), Steering.DEFAULT, true);
            for (int i = 1; i < ids.length; i++) {
                batch.append(0, ids[i], true);
            }
            decoder.decode(batch);
            for (int row = 0; row < ids.length; row++) {
                decoder.row(row).copyTo(0, logits, row * size, size);
            }
        }
        return logits;
    }
}
