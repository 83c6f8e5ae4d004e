package dev.proxytune.report;

import dev.proxytune.jsonl.JsonLines;
import dev.proxytune.jsonl.RowWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Write files as eval does, of made-up systems that are right with given probabilities. */
final class ExampleFiles {
    private static final List<String> WORDS = List.of(
            "Here",
            " is",
            " how",
            " we",
            " find",
            " it",
            ":",
            "\n",
            " First",
            ",",
            " there",
            " are",
            " several",
            " eggs",
            ".",
            " So",
            " she",
            " has",
            " <script>",
            " left");
    private static final List<String> EQUATION =
            List.of(" ", "1", "6", " -", " ", "3", " -", " ", "4", " =", " $", "9", ".", "\n");

    private final Path folder;
    private final int questions;

    ExampleFiles(Path folder, int questions) {
        this.folder = folder;
        this.questions = questions;
    }

    /** Write answers to sums, with a trace and settings that name a weight. */
    Path steered(String name, double right, String alpha, long seed) throws IOException {
        return write(name, right, seed, settings("big.gguf", alpha), true);
    }

    /** Write answers of a model without experts. */
    Path plain(String name, double right, String model, long seed) throws IOException {
        return write(name, right, seed, settings(model, null), false);
    }

    /** Write answers as other systems do, without settings or traces. */
    Path bare(String name, double right, long seed) throws IOException {
        return write(name, right, seed, Map.of(), false);
    }

    private static Map<String, @Nullable Object> settings(String model, @Nullable String alpha) {
        Map<String, @Nullable Object> settings = new LinkedHashMap<>();
        settings.put("task", "gsm8k");
        settings.put("target", model);
        if (alpha != null) {
            settings.put("expert", "small-chat.gguf");
            settings.put("anti-expert", "small.gguf");
        }
        settings.put("alpha", alpha);
        settings.put("limit", null);
        return settings;
    }

    private Path write(String name, double right, long seed, Map<String, @Nullable Object> settings, boolean trace)
            throws IOException {
        Path file = folder.resolve(name);
        var random = new SplittableRandom(seed);
        // What is hard is hard for all systems.
        var hardness = new SplittableRandom(7);
        var text = new StringBuilder();
        for (int i = 0; i < questions; i++) {
            boolean isRight = .6 * hardness.nextDouble() + .4 * random.nextDouble() < right;
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("question", "What is " + i + " and 3?");
            row.put("answer", Integer.toString(i + 3));
            row.put("model_output", "It is " + (isRight ? i + 3 : -1));
            row.put("prediction", Integer.toString(isRight ? i + 3 : -1));
            if (!settings.isEmpty()) {
                row.put("index", i);
                row.put("sample", 0);
            }
            if (trace) {
                row.put("trace", trace(random));
            }
            text.append(JsonLines.line(row));
        }
        Files.writeString(file, text);
        if (!settings.isEmpty()) {
            Files.writeString(RowWriter.settingsOf(file), JsonLines.line(settings));
        }
        return file;
    }

    private static Map<String, Object> trace(SplittableRandom random) {
        List<String> tokens = new ArrayList<>();
        List<Double> delta = new ArrayList<>();
        List<Boolean> changed = new ArrayList<>();
        int sentences = 1 + random.nextInt(5);
        for (int sentence = 0; sentence < sentences; sentence++) {
            for (int i = 0; i < 8; i++) {
                int word = sentence == 0 && i == 0 ? 0 : random.nextInt(WORDS.size());
                add(tokens, delta, changed, WORDS.get(word), .5 / (1 + word), random);
            }
            for (int i = 0; i < EQUATION.size(); i++) {
                add(tokens, delta, changed, EQUATION.get(i), i < 9 ? .13 : .05, random);
            }
        }
        return Map.of("tokens", tokens, "delta", delta, "changed", changed);
    }

    private static void add(
            List<String> tokens,
            List<Double> delta,
            List<Boolean> changed,
            String token,
            double mean,
            SplittableRandom random) {
        delta.add(Math.clamp(mean + .2 * (random.nextDouble() - .5), -1, 1));
        changed.add(random.nextDouble() < .1 + .6 / (1 + tokens.size()));
        tokens.add(token);
    }
}
