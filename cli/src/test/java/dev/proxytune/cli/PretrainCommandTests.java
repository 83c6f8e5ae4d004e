package dev.proxytune.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proxytune.gguf.GgufFile;
import dev.proxytune.gguf.GgufHeader;
import dev.proxytune.gguf.SyntheticModel;
import dev.proxytune.gguf.SyntheticModel.Shape;
import dev.proxytune.gguf.TensorType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

class PretrainCommandTests {
    @TempDir
    private Path folder;

    private Path corpus;
    private Path out;

    @BeforeEach
    void writeCorpus() throws IOException {
        corpus = TinyCorpus.write(folder.resolve("corpus.txt"));
        out = folder.resolve("model.gguf");
    }

    /** Train a tiny model. */
    private CommandRun run(Object... more) {
        List<String> options = Stream.of(more).map(Object::toString).toList();
        return CommandRun.with(new LlamaLoader())
                .run(TinyCorpus.command(corpus, out, options).toArray(String[]::new));
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void trainsAModelThatLlamaCppRuns() throws IOException {
        var run = run("--vocabulary", 270, "--steps", 20);
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).isEmpty();
        assertThat(run.errorLines())
                .anyMatch(line -> line.contains("training a tokenizer of 270 tokens"))
                .anyMatch(line -> line.startsWith("step 20/20, loss "))
                .last()
                .isEqualTo("wrote " + out);
        assertThat(names()).containsExactly("corpus.txt", "model.gguf", "model.gguf.loss.csv", "model.gguf.loss.svg");
        var answer = CommandRun.with(new LlamaLoader())
                .run("generate", "-m", out.toString(), "-p", "the", "-n", "6", "-t", "1", "--json");
        assertThat(answer.code()).as(answer.err()).isZero();
        assertThat(JsonMapper.shared().readTree(answer.out()).get("tokens").size())
                .isPositive();
    }

    @Test
    void recordsTheCurveAndWhatItWasTold() throws IOException {
        run("--vocabulary", 270, "--steps", 20, "--validate-every", 10, "--weight-decay", 0.1);
        List<String> lines = Files.readAllLines(folder.resolve("model.gguf.loss.csv"));
        assertThat(lines).hasSize(21);
        assertThat(lines.getFirst()).isEqualTo("step,tokens,loss,validation_loss,learning_rate,gradient_norm");
        assertThat(lines.get(1)).matches("1,64,\\d\\.\\d{6},,\\d\\.\\d{4}e-\\d\\d,\\d+\\.\\d{6}");
        assertThat(lines.get(10)).matches("10,640,\\d\\.\\d{6},\\d\\.\\d{6},.*");
        double first = loss(lines.get(1));
        double last = loss(lines.get(20));
        assertThat(last).isLessThan(first - 0.5);
        var metadata = GgufFile.readHeader(out).metadata();
        assertThat(metadata.string("general.name")).hasValue("model");
        assertThat(metadata.string("proxytune.training.kind")).hasValue("pretraining");
        assertThat(metadata.string("proxytune.training.shape")).hasValue("16x2x2x24 with a context of 32");
        assertThat(metadata.string("proxytune.training.steps")).hasValue("20");
        assertThat(metadata.string("proxytune.training.seed")).hasValue("1");
        assertThat(metadata.string("proxytune.training.weight_decay")).hasValue("0.1");
        assertThat(metadata.string("proxytune.training.data"))
                .hasValueSatisfying(text -> assertThat(text).matches("sha256:[0-9a-f]{16}"));
    }

    private static double loss(String line) {
        return Double.parseDouble(line.split(",", -1)[2]);
    }

    @Test
    void givesTheSameModelForTheSameSeed() throws IOException {
        run("--vocabulary", 270, "--steps", 3);
        byte[] first = Files.readAllBytes(out);
        run("--vocabulary", 270, "--steps", 3, "--force");
        assertThat(Files.readAllBytes(out)).isEqualTo(first);
        run("--vocabulary", 270, "--steps", 3, "--force", "--seed", -7);
        assertThat(Files.readAllBytes(out)).isNotEqualTo(first);
    }

    @Test
    void takesTheTokenizerOfAnotherModel() {
        Path other = folder.resolve("other.gguf");
        SyntheticModel.of(Shape.tiny(), 1).write(other);
        var run = run("--tokenizer", other, "--steps", 1);
        assertThat(run.code()).as(run.err()).isZero();
        String tokens = "tokenizer.ggml.tokens";
        assertThat(GgufFile.readHeader(out).metadata().strings(tokens))
                .isEqualTo(GgufFile.readHeader(other).metadata().strings(tokens));
    }

    @ParameterizedTest
    @CsvSource({"f16,F16", "q8_0,Q8_0"})
    void storesTheMatricesAsAsked(String option, TensorType type) throws IOException {
        // Blocks of quantized types need rows of 32.
        var run = run("--vocabulary", 270, "--steps", 1, "--type", option, "--shape", "32x1x2x32");
        assertThat(run.code()).as(run.err()).isZero();
        GgufHeader header = GgufFile.readHeader(out);
        assertThat(header.tensor("blk.0.ffn_up.weight").orElseThrow().type()).isEqualTo(type);
        assertThat(names()).containsExactly("corpus.txt", "model.gguf", "model.gguf.loss.csv", "model.gguf.loss.svg");
    }

    @Test
    void countsStepsInPassesOverTheData() throws IOException {
        var run = run("--vocabulary", 270, "--epochs", 2, "--accumulate", 3, "--validation", 0);
        assertThat(run.code()).as(run.err()).isZero();
        var matcher = Pattern.compile("([\\d,]+) tokens to train on").matcher(run.err());
        assertThat(matcher.find()).isTrue();
        int tokens = Integer.parseInt(matcher.group(1).replace(",", ""));
        int windows = Math.ceilDiv(tokens, 32);
        int batches = Math.ceilDiv(2 * windows, 2);
        assertThat(Files.readAllLines(folder.resolve("model.gguf.loss.csv"))).hasSize(1 + Math.ceilDiv(batches, 3));
    }

    @Test
    void startsFromTheBeginningIfThereIsNothingToResume() {
        var run = run("--vocabulary", 270, "--steps", 2, "--resume");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.errorLines())
                .anyMatch(line -> line.contains("no " + out + ".checkpoint to resume")
                        && line.contains("starts from the beginning"));
    }

    @Test
    void replacesAModelOnlyIfForced() throws IOException {
        Files.writeString(out, "mine");
        for (String option : List.of("--seed=1", "--resume")) {
            var refused = run("--vocabulary", 270, "--steps", 1, option);
            assertThat(refused.code()).isEqualTo(1);
            assertThat(refused.errorLines()).singleElement().asString().contains(out.toString(), "--force");
            assertThat(out).hasContent("mine");
        }
        assertThat(run("--vocabulary", 270, "--steps", 1, "--force").code()).isZero();
        assertThat(GgufFile.readHeader(out).tensors()).isNotEmpty();
    }

    @Test
    void keepsWhatIsThereIfTheNewRunFails() throws IOException {
        Files.writeString(out, "mine");
        var run = run("--vocabulary", 270, "--steps", 30, "--lr", 10, "--warmup", 0, "--force");
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.errorLines()).last().asString().contains("diverged", "--lr");
        assertThat(out).hasContent("mine");
        assertThat(names()).containsExactly("corpus.txt", "model.gguf");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--shape 32x2x2",
                "--shape 30x2x4x64",
                "--shape 6x2x2x64",
                "--shape 32x0x2x64",
                "--shape 32x2000x2x64",
                "--shape 99999999x2x2x64",
                "--vocabulary 256",
                "--vocabulary many",
                "--tokenizer other.gguf",
                "--epochs 1",
                "--steps 0",
                "--steps 3000000000",
                "--lr 0",
                "--lr 11",
                "--lr NaN",
                "--lr fast",
                "--warmup -1",
                "--final-lr 2",
                "--weight-decay -1",
                "--clip -1",
                "--batch 0",
                "--length 1",
                "--length 64",
                "--ctx-size 0",
                "--accumulate 0",
                "--validation 0.9",
                "--validation NaN",
                "--validate-every -1",
                "--checkpoint-every -1",
                "--threads -1",
                "--precision f64",
                "--device tpu",
                "--type q9",
                "--resume --force"
            })
    void refusesWrongUse(String wrong) throws IOException {
        List<Object> args = new ArrayList<>(List.of(wrong.split(" ")));
        for (String usual : List.of("--vocabulary=270", "--steps=2")) {
            if (!args.contains(usual.split("=", 2)[0])) {
                args.add(usual);
            }
        }
        var run = run(args.toArray());
        assertThat(run.code()).as(run.err()).isEqualTo(2);
        assertThat(run.errorLines())
                .singleElement()
                .asString()
                .startsWith("proxytune: ")
                .endsWith("(see 'proxytune pretrain --help')");
        assertThat(names()).containsExactly("corpus.txt");
    }

    @ParameterizedTest
    @ValueSource(strings = {"--steps 1", "--vocabulary 270"})
    void asksForWhatIsMissing(String given) {
        assertThat(run((Object[]) given.split(" ")).code()).isEqualTo(2);
    }

    private void fails(List<Object> options, String... words) throws IOException {
        List<String> before = names();
        var run = run(options.toArray());
        assertThat(run.code()).as(run.err()).isEqualTo(1);
        assertThat(run.errorLines())
                .filteredOn(line -> line.startsWith("proxytune: "))
                .singleElement()
                .asString()
                .contains(words)
                .doesNotContain("unexpected");
        assertThat(run.errorLines()).last().asString().startsWith("proxytune: ");
        assertThat(names()).isEqualTo(before);
    }

    @Test
    void saysWhatIsWrongWithTheCorpus() throws IOException {
        corpus = folder.resolve("missing.txt");
        fails(List.of("--vocabulary", 270, "--steps", 1), "missing.txt", "no such file");
        corpus = Files.write(folder.resolve("latin.txt"), "fine\ncaf\u00e9\n".getBytes(StandardCharsets.ISO_8859_1));
        fails(List.of("--vocabulary", 270, "--steps", 1), "latin.txt", "2", "UTF-8");
        corpus = Files.writeString(folder.resolve("empty.txt"), "");
        fails(List.of("--vocabulary", 270, "--steps", 1), "empty.txt", "no text");
        corpus = Files.writeString(folder.resolve("short.txt"), "a b");
        fails(List.of("--vocabulary", 270, "--steps", 1), "too few to learn 270 tokens");
        fails(List.of("--vocabulary", 257, "--steps", 1), "do not fill a row of 32");
    }

    @Test
    void saysWhatIsWrongWithTheTokenizer() throws IOException {
        Path none = folder.resolve("none.gguf");
        fails(List.of("--tokenizer", none, "--steps", 1), "none.gguf");
        Files.writeString(none, "no model");
        fails(List.of("--tokenizer", none, "--steps", 1), "none.gguf");
    }

    @Test
    void saysWhatIsWrongWithTheOutput() throws IOException {
        out = folder.resolve("missing/model.gguf");
        fails(List.of("--vocabulary", 270, "--steps", 1), "no folder");
        out = folder;
        fails(List.of("--vocabulary", 270, "--steps", 1, "--force"), "it is a folder");
        out = corpus;
        fails(List.of("--vocabulary", 270, "--steps", 1, "--force"), "is read");
        assertThat(corpus).content().contains("the");
    }

    @Test
    void saysThatTheMemoryDoesNotSuffice() throws IOException {
        fails(
                List.of("--vocabulary", 270, "--steps", 1, "--shape", "99998x512x1x99999"),
                "needs about",
                "GB of memory",
                "--batch");
    }
}
