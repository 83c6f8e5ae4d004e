package dev.proxytune.llama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.proxytune.InvalidModelException;
import dev.proxytune.Vocabulary;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Compare with the expectations that llama.cpp tests its own tokenizers against. */
class TokenizerGoldenTests {
    private static final Path FOLDER = Path.of("target", "llama.cpp", "models");
    private static final String SEPARATOR = "\n__ggml_vocab_test__\n";

    @BeforeAll
    static void find() {
        assumeTrue(
                Files.isDirectory(FOLDER),
                "llama.cpp's tokenizer tests were not fetched: npm, git and a network are needed for that");
    }

    private static List<Path> vocabularies(String ending) throws IOException {
        try (Stream<Path> files = Files.list(FOLDER)) {
            return files.filter(file -> file.getFileName().toString().matches("ggml-vocab-.*" + ending))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void tokenizesAsLlamaCppExpects() throws IOException {
        List<Path> inputs = vocabularies("\\.gguf\\.inp");
        assertThat(inputs).hasSizeGreaterThan(10);
        int texts = 0;
        for (Path input : inputs) {
            String stem = input.toString().replaceFirst("\\.inp$", "");
            List<String> expected = Files.readAllLines(Path.of(stem + ".out"));
            String[] lines = Files.readString(input).split(SEPARATOR, -1);
            // What follows the last separator is a text only if it is not empty.
            int count = lines[lines.length - 1].isEmpty() ? lines.length - 1 : lines.length;
            assertThat(count).as(stem).isEqualTo(expected.size());
            try (var model = LlamaModel.loadVocabulary(Path.of(stem))) {
                for (int i = 0; i < count; i++) {
                    assertThat(model.vocabulary().tokenize(lines[i], false, false))
                            .as("%s, text %d", stem, i)
                            .isEqualTo(ids(expected.get(i)));
                    texts++;
                }
            }
        }
        assertThat(texts).isGreaterThan(400);
    }

    private static int[] ids(String line) {
        return Arrays.stream(line.strip().split(" "))
                .filter(id -> !id.isEmpty())
                .mapToInt(Integer::parseInt)
                .toArray();
    }

    @Test
    void survivesAnyTextAndAnyId() throws IOException {
        var random = new Random(1);
        for (Path file : vocabularies("\\.gguf")) {
            LlamaModel model;
            try {
                model = LlamaModel.loadVocabulary(file);
            } catch (InvalidModelException e) {
                assertThat(e).hasMessageNotContaining("\n");
                continue;
            }
            try (model) {
                Vocabulary vocabulary = model.vocabulary();
                for (String text :
                        List.of("", "\0", "a\0b", "\ud800", "x\udc00y", "\ud83d\ude00\ud83d", "\uffff\u0085\u200b")) {
                    vocabulary.tokenize(text, true, true);
                    vocabulary.tokenize(text, false, false);
                }
                String noise = random.ints(300, 0, 0x10000)
                        .collect(StringBuilder::new, (text, c) -> text.append((char) c), StringBuilder::append)
                        .toString();
                int[] ids = vocabulary.tokenize(noise, true, true);
                vocabulary.detokenize(ids, false, true);
                vocabulary.detokenize(ids, true, false);
                int size = vocabulary.size();
                for (int id : new int[] {0, 1, size / 2, size - 1}) {
                    vocabulary.bytes(id);
                    vocabulary.text(id);
                    vocabulary.isControl(id);
                    vocabulary.isPadding(id);
                    vocabulary.isEndOfGeneration(id);
                }
                assertThat(new String(vocabulary.detokenize(new int[0], true, true), StandardCharsets.UTF_8))
                        .isEmpty();
            }
        }
    }

    @Test
    void survivesLongWords() throws IOException {
        for (Path file : vocabularies("\\.gguf\\.inp")) {
            Path gguf = Path.of(file.toString().replaceFirst("\\.inp$", ""));
            try (var model = LlamaModel.loadVocabulary(gguf)) {
                for (String word : List.of("a", " ", "\n", "1", "é", "中", "!", "'")) {
                    int[] ids = model.vocabulary().tokenize(word.repeat(30_000), false, false);
                    assertThat(ids).as("%s %s", gguf, word).hasSizeLessThanOrEqualTo(90_001);
                }
            }
        }
    }
}
