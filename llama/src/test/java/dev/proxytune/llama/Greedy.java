package dev.proxytune.llama;

import dev.proxytune.Batch;
import dev.proxytune.Decoder;
import dev.proxytune.Prompt;
import dev.proxytune.Row;
import dev.proxytune.Steering;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Continue a prompt with the likeliest token each time. */
final class Greedy {
    private Greedy() {}

    static int argmax(Row row) {
        float[] logits = new float[row.size()];
        row.copyTo(0, logits, 0, logits.length);
        return argmax(logits);
    }

    static int argmax(float[] logits) {
        int best = 0;
        for (int id = 1; id < logits.length; id++) {
            best = logits[id] > logits[best] ? id : best;
        }
        return best;
    }

    static int[] run(Decoder decoder, int sequence, Prompt prompt, int count) {
        int[] answer = new int[count];
        var batch = new Batch();
        decoder.decode(batch.start(sequence, prompt, Steering.DEFAULT, true));
        for (int i = 0; i < count; i++) {
            answer[i] = argmax(decoder.row(0));
            if (i + 1 < count) {
                decoder.decode(batch.clear().append(sequence, answer[i], true));
            }
        }
        return answer;
    }

    /** Do the same by the C API alone, in the plainest way: one context, a call for the prompt, one for each token. */
    @SuppressWarnings("restricted")
    static int[] plain(NativeModel model, Prompt prompt, int count) {
        int width = VocabularyApi.size(ModelApi.vocabulary(model.handle()));
        int[] answer = new int[count];
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment params = ContextApi.defaultParams(arena);
            params.set(Native.INT, Structs.ContextParams.N_THREADS, 1);
            params.set(Native.INT, Structs.ContextParams.N_THREADS_BATCH, 1);
            MemorySegment context = ContextApi.init(model.handle(), params);
            int position = 0;
            int[] input = prompt.tokens();
            for (int i = 0; i < count; i++) {
                var batch = new NativeBatch(arena, input.length, 1);
                for (int token : input) {
                    boolean last = position == prompt.length() + i - 1;
                    batch.add(token, position++, 0, last);
                }
                if (ContextApi.decode(context, batch.struct()) != 0) {
                    throw new AssertionError("The plain loop failed");
                }
                float[] logits = ContextApi.logits(context)
                        .reinterpret((long) width * Float.BYTES)
                        .toArray(Native.FLOAT);
                answer[i] = argmax(logits);
                input = new int[] {answer[i]};
            }
            ContextApi.free(context);
        }
        return answer;
    }
}
