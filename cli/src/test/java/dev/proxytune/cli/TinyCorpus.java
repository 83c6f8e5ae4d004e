package dev.proxytune.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** The least to pretrain a model on. */
final class TinyCorpus {
    private static final String[] WORDS = {"the", "apple", "pear", "has", "gives", "Anna", "Ben", "five", "three"};

    private TinyCorpus() {}

    /** Write some texts. */
    static Path write(Path file) throws IOException {
        var random = new Random(8);
        var text = new StringBuilder();
        for (int document = 0; document < 40; document++) {
            for (int word = 0; word < 12; word++) {
                text.append(WORDS[random.nextInt(WORDS.length)]).append(' ');
            }
            text.append(".\n<|endoftext|>\n");
        }
        return Files.writeString(file, text);
    }

    /**
     * Return a command that trains a tiny model.
     *
     * @param more tokenizer, steps and other options, which stand in for those of the same name
     */
    static List<String> command(Path corpus, Path out, List<String> more) {
        List<String> command = new ArrayList<>(List.of(
                "pretrain",
                "--corpus=" + corpus,
                "--out=" + out,
                "--shape=16x2x2x24",
                "--ctx-size=32",
                "--length=32",
                "--batch=2",
                "--lr=0.01",
                "--precision=f32",
                "--device=cpu",
                "--threads=1"));
        command.removeIf(option -> more.contains(option.split("=", 2)[0]));
        command.addAll(more);
        return command;
    }
}
