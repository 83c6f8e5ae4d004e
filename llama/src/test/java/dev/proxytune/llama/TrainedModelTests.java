package dev.proxytune.llama;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proxytune.DecoderOptions;
import dev.proxytune.Prompt;
import dev.proxytune.PromptText;
import org.junit.jupiter.api.Test;

class TrainedModelTests {
    private static final PromptText QUESTION = PromptText.of("What is the Turkish name of Serbian Dinar?\n");

    @Test
    void continuesAsThePlainLoopDoes() {
        try (var model = LlamaModel.load(TestModels.trained("target.gguf"), TestModels.OPTIONS);
                var decoder = model.open(DecoderOptions.DEFAULT)) {
            Prompt prompt = model.tokenize(QUESTION);
            NativeModel weights =
                    NativeModel.load(TestModels.trained("target.gguf"), TestModels.OPTIONS, LoadExtent.WEIGHTS);
            int[] expected = Greedy.plain(weights, prompt, 40);
            weights.release();

            assertThat(Greedy.run(decoder, 0, prompt, 40)).isEqualTo(expected);
            assertThat(Greedy.run(decoder, 0, prompt, 40)).isEqualTo(expected);
        }
    }
}
