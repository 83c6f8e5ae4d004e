package dev.proxytune.family;

import dev.proxytune.Batch;
import dev.proxytune.Decoder;
import dev.proxytune.DecoderOptions;
import dev.proxytune.LanguageModel;
import dev.proxytune.Prompt;
import dev.proxytune.PromptText;
import dev.proxytune.ProxyTuneException;
import dev.proxytune.Row;
import dev.proxytune.Steering;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * Answers many questions side by side, each token the likeliest one.
 *
 * <p>An answer ends with the first line that is not empty: what a system asks or tells in further lines is not judged.
 */
final class Answering {
    private static final int SIDE_BY_SIDE = 16;

    /** The longest answers of the asked form have 70 tokens. */
    private static final int MOST_TOKENS = 96;

    private final LanguageModel model;
    private final Steering steering;
    private final List<Prompt> prompts;
    private final Reply[] replies;
    private final IntConsumer progress;
    private final float[] logits;
    private int asked;
    private int answered;

    private Answering(LanguageModel model, Steering steering, List<String> prompts, IntConsumer progress) {
        this.model = model;
        this.steering = steering;
        this.prompts = prompts.stream()
                .map(prompt -> model.tokenize(PromptText.of(prompt)))
                .toList();
        this.replies = new Reply[prompts.size()];
        this.progress = progress;
        this.logits = new float[model.vocabulary().size()];
    }

    /**
     * Return the answers in the order of the prompts.
     *
     * @param progress gets the number of answers so far, whenever it grows
     * @throws ProxyTuneException if the decoder cannot be opened or a model yields no usable row
     */
    static List<Reply> answer(LanguageModel model, Steering steering, List<String> prompts, IntConsumer progress) {
        return new Answering(model, steering, prompts, progress).run();
    }

    private List<Reply> run() {
        int longest = prompts.stream().mapToInt(Prompt::length).max().orElse(0);
        var options = DecoderOptions.DEFAULT
                .withSequences(Math.max(1, Math.min(SIDE_BY_SIDE, prompts.size())))
                .withContextLength(Math.min(model.contextLength(), longest + MOST_TOKENS));
        try (Decoder decoder = model.open(options)) {
            List<Line> lines = new ArrayList<>();
            for (int sequence = 0; sequence < options.sequences() && asked < prompts.size(); sequence++) {
                lines.add(new Line(sequence));
            }
            var batch = new Batch();
            while (!lines.isEmpty()) {
                batch.clear();
                lines.forEach(line -> line.addTo(batch));
                decoder.decode(batch);
                for (int row = 0; row < lines.size(); row++) {
                    lines.get(row).take(best(decoder.row(row)), decoder);
                }
                lines.removeIf(line -> line.finished && !line.askNext());
            }
        }
        return List.copyOf(Arrays.asList(replies));
    }

    private int best(Row row) {
        row.copyTo(0, logits, 0, logits.length);
        int best = -1;
        float most = Float.NEGATIVE_INFINITY;
        for (int id = 0; id < logits.length; id++) {
            if (logits[id] > most) {
                most = logits[id];
                best = id;
            }
        }
        if (best < 0) {
            throw new ProxyTuneException("A model gave no finite logit for any token; check its file");
        }
        return best;
    }

    /** One answer after the other in one sequence of the decoder. */
    private final class Line {
        private final int sequence;
        private final ByteArrayOutputStream text = new ByteArrayOutputStream();
        private int question;
        private int token;
        private int tokens;
        private boolean finished;

        Line(int sequence) {
            this.sequence = sequence;
            askNext();
        }

        /** Go on to the next question, and return whether there is one. */
        boolean askNext() {
            if (asked == prompts.size()) {
                return false;
            }
            question = asked++;
            text.reset();
            tokens = 0;
            finished = false;
            return true;
        }

        void addTo(Batch batch) {
            if (tokens == 0) {
                batch.start(sequence, prompts.get(question), steering, true);
            } else {
                batch.append(sequence, token, true);
            }
        }

        void take(int next, Decoder decoder) {
            if (model.vocabulary().isEndOfGeneration(next)) {
                finish(true);
                return;
            }
            token = next;
            tokens++;
            text.writeBytes(model.vocabulary().bytes(next));
            if (lineEnd(text()) >= 0 || tokens == MOST_TOKENS || decoder.remaining(sequence) == 0) {
                finish(false);
            }
        }

        private String text() {
            return text.toString(StandardCharsets.UTF_8).stripLeading();
        }

        private static int lineEnd(String text) {
            return text.indexOf('\n');
        }

        private void finish(boolean ended) {
            String line = text();
            int end = lineEnd(line);
            replies[question] = new Reply(end < 0 ? line : line.substring(0, end), ended);
            finished = true;
            progress.accept(++answered);
        }
    }
}
