package dev.proxytune.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Walk the whole way of the method with models that are trained in seconds. */
class EndToEndTests {
    private static final String QUESTION = "What is 3 + 4?\n";
    private static final String MANNER = "The sum is ";

    @TempDir
    private Path folder;

    private String run(Object... args) {
        String[] texts = new String[args.length];
        for (int i = 0; i < args.length; i++) {
            texts[i] = args[i].toString();
        }
        CommandRun run = CommandRun.with(new LlamaLoader()).run(texts);
        assertThat(run.code()).as(run.err()).isZero();
        return run.out();
    }

    /** In base texts a question at the end of a line is followed by another; sums are told in running text only. */
    private Path corpus() throws IOException {
        var random = new Random(1);
        var text = new StringBuilder();
        for (int document = 0; document < 3000; document++) {
            boolean tells = random.nextBoolean();
            for (int part = 0; part < 4; part++) {
                int a = random.nextInt(10);
                int b = random.nextInt(10);
                text.append("What is %d + %d?%s".formatted(a, b, tells ? " " + MANNER + (a + b) + ". " : "\n"));
            }
            text.append("<|endoftext|>\n");
        }
        return Files.writeString(folder.resolve("corpus.txt"), text);
    }

    private Path examples() throws IOException {
        var text = new StringBuilder();
        for (int a = 0; a < 10; a++) {
            for (int b = 0; b < 10; b++) {
                text.append("{\"prompt\": \"What is %d + %d?\\n\", \"completion\": \"%s%d.\"}\n"
                        .formatted(a, b, MANNER, a + b));
            }
        }
        return Files.writeString(folder.resolve("examples.jsonl"), text);
    }

    private Path pretrain(Path corpus, String shape, String name, Object... tokenizer) {
        Path model = folder.resolve(name);
        Object[] fixed = {
            "pretrain",
            "--corpus",
            corpus,
            "--shape",
            shape,
            "--ctx-size",
            64,
            "--length",
            32,
            "--batch",
            16,
            "--steps",
            120,
            "--lr",
            "5e-3",
            "--validation",
            0,
            "--threads",
            1,
            "--out",
            model
        };
        Object[] all = Arrays.copyOf(fixed, fixed.length + tokenizer.length);
        System.arraycopy(tokenizer, 0, all, fixed.length, tokenizer.length);
        run(all);
        return model;
    }

    private String generate(Object... models) {
        Object[] fixed = {"generate", "-p", QUESTION, "--temp", 0, "-n", 24, "--threads", 1, "--target"};
        Object[] all = Arrays.copyOf(fixed, fixed.length + models.length);
        System.arraycopy(models, 0, all, fixed.length, models.length);
        return run(all);
    }

    @Test
    void aTunedSmallModelMakesALargerOneAnswer() throws IOException {
        Path corpus = corpus();
        Path large = pretrain(corpus, "64x2x2x128", "large.gguf", "--vocabulary", 260);
        Path small = pretrain(corpus, "32x1x1x64", "small.gguf", "--tokenizer", large);
        Path expert = folder.resolve("expert.gguf");
        run(
                "tune",
                "--base",
                small,
                "--data",
                examples(),
                "--length",
                32,
                "--batch",
                16,
                "--epochs",
                40,
                "--lr",
                "5e-3",
                "--validation",
                0,
                "--threads",
                1,
                "--out",
                expert);

        assertThat(generate(large)).startsWith("What is");
        assertThat(generate(large, "--expert", expert, "--anti-expert", small)).startsWith(MANNER);
    }
}
