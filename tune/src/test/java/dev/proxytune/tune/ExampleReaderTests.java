package dev.proxytune.tune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proxytune.ProxyTuneException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExampleReaderTests {
    /** A tokenizer of bytes alone, in which a byte's id is one more than the byte. */
    private static TextEncoder encoder;

    @TempDir
    private Path folder;

    @BeforeAll
    static void open() {
        encoder = TextEncoder.open(new BpeTrainer(BpeTrainer.SMALLEST).train());
    }

    @AfterAll
    static void close() {
        encoder.close();
    }

    private static ExampleReader reader() {
        return ExampleReader.of(encoder, 200);
    }

    private Path file(String name, String content) throws IOException {
        return Files.writeString(folder.resolve(name), content);
    }

    private static String text(Example example, boolean counted) {
        var text = new StringBuilder();
        for (int i = 0; i < example.length(); i++) {
            if (example.counts(i) == counted) {
                text.append(example.id(i) == 0 ? '$' : (char) (example.id(i) - 1));
            }
        }
        return text.toString();
    }

    private static void assertRefused(ExampleReader reader, Path file, String message) {
        assertThatThrownBy(() -> reader.read(List.of(file)))
                .isInstanceOf(ProxyTuneException.class)
                .hasMessage(file + message)
                .hasMessageNotContaining("\n");
    }

    @Test
    void countsCompletionAndEndTokenByToken() throws IOException {
        var file = file(
                "a.jsonl",
                "{\"prompt\": \"ab\\n\", \"completion\": \" c\"}\n\n{\"completion\":\"y\",\"prompt\":\"x\",\"id\":7}");
        var examples = reader().read(List.of(file)).examples();
        assertThat(examples).hasSize(2);
        var first = examples.getFirst();
        assertThat(IntStream.range(0, first.length()).map(first::id)).containsExactly(98, 99, 11, 33, 100, 0);
        assertThat(IntStream.range(0, first.length()).mapToObj(first::counts))
                .containsExactly(false, false, false, true, true, true);
        assertThat(text(examples.getLast(), false)).isEqualTo("x");
        assertThat(text(examples.getLast(), true)).isEqualTo("y$");
    }

    @Test
    void encodesThePromptAsIfNothingFollowed() throws IOException {
        var trainer = new BpeTrainer(BpeTrainer.SMALLEST + 2);
        trainer.add("cab cab cab");
        try (var merging = TextEncoder.open(trainer.train())) {
            assertThat(merging.encode("cab")).hasSize(1);
            var file = file("a.jsonl", "{\"prompt\": \"ca\", \"completion\": \"b\"}");
            var example =
                    ExampleReader.of(merging, 10).read(List.of(file)).examples().getFirst();
            int[] prompt = merging.encode("ca");
            assertThat(example.length()).isEqualTo(prompt.length + 2);
            assertThat(example.id(0)).isEqualTo(prompt[0]);
            assertThat(example.counts(prompt.length)).isTrue();
            assertThat(example.counts(prompt.length - 1)).isFalse();
        }
    }

    @Test
    void startsAnEmptyPromptWithTheBeginning() throws IOException {
        var file = file("a.jsonl", "{\"prompt\": \"\", \"completion\": \"y\"}");
        var example = reader().read(List.of(file)).examples().getFirst();
        assertThat(text(example, false)).isEqualTo("$");
        assertThat(text(example, true)).isEqualTo("y$");
    }

    @Test
    void keepsSpecialTokensInDataAsText() throws IOException {
        var file = file("a.jsonl", "{\"prompt\": \"x\", \"completion\": \"<|endoftext|>\"}");
        var example = reader().read(List.of(file)).examples().getFirst();
        assertThat(text(example, true)).isEqualTo("<|endoftext|>$");
    }

    @Test
    void readsGradeSchoolProblemsAsTheyAreEvaluated() throws IOException {
        var file = file("a.jsonl", "{\"question\": \"How many?\", \"answer\": \"1+1=<<1+1=2>>2\\n#### 2\"}");
        for (var format : List.of(DataFormat.GSM8K, DataFormat.AUTO)) {
            var example =
                    reader().withFormat(format).read(List.of(file)).examples().getFirst();
            assertThat(text(example, false))
                    .isEqualTo("Answer the following question.\n\nQuestion: How many?\nAnswer:");
            assertThat(text(example, true)).isEqualTo(" 1+1=<<1+1=2>>2\n#### 2$");
        }
    }

    @Test
    void cutsRunningTextIntoPartsThatPredictEachToken() throws IOException {
        String document = "0123456789".repeat(5);
        var file = file("a.txt", "short\n<|endoftext|>\n" + document);
        var examples = ExampleReader.of(encoder, 20).read(List.of(file)).examples();
        assertThat(text(examples.getFirst(), true)).isEqualTo("hort$");
        var rest = examples.subList(1, examples.size());
        assertThat(rest).hasSize(3).allMatch(example -> example.length() <= 21);
        assertThat(rest.stream().map(example -> text(example, true)).reduce("", String::concat))
                .isEqualTo(document.substring(1) + "$");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    a.jsonl | {"prompt": "a", "completion": "b"} | JSONL
                    a.data  | {"prompt": "a", "completion": "b"} | JSONL
                    a.jsonl | {"messages": []}                   | JSONL
                    a.jsonl | {"question": "a", "answer": "b"}   | GSM8K
                    a.jsonl | {"text": "a"}                      | TEXT
                    a.jsonl | {"other": "a"}                     | JSONL
                    a.jsonl | nothing                            | JSONL
                    a.txt   | {"other": "a"}                     | TEXT
                    a.txt   | {                                  | TEXT
                    a.txt   | Once upon a time                   | TEXT
                    """)
    void findsTheFormatOut(String name, String line, DataFormat expected) throws IOException {
        assertThat(DataFormat.AUTO.of(file(name, "\n" + line + "\n"))).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    {"prompt": "a", "completion"              | this is not JSON, as column 29 shows; write an object on each line
                    ["prompt"]                                | this is not a JSON object in braces; write one on each line
                    {"prompt": "a", "completion": "b"} {}     | something follows the object; write one object on each line
                    {"prompt": "a", "prompt": "b"}            | the object has "prompt" twice; leave one out
                    {"prompt": "a", "output": "b"}            | there is no "completion", only "prompt", "output"
                    {}                                        | there is no "prompt" in an empty object
                    {"prompt": 3, "completion": "b"}          | "prompt" is a number, not a string
                    {"prompt": null, "completion": "b"}       | "prompt" is null, not a string
                    {"prompt": "a", "completion": ["b"]}      | "completion" is an array, not a string
                    {"prompt": "a", "completion": ""}         | the completion is empty; leave the line out
                    {"prompt": "a", "completion": "\\ud83d!"} | "completion" has half a character, a lone surrogate
                    {"prompt": "a", "messages": []}           | there are "messages" and "prompt" or "completion"; leave one out
                    {"messages": []}                          | "messages" is empty
                    {"messages": "hi"}                        | "messages" is a string, not an array of messages
                    {"messages": [{"role": "user"}]}          | a message has no "content"
                    {"messages": ["hi"]}                      | a message has no "role"
                    """)
    void namesTheLineAndWhatIsWrongWithIt(String line, String reason) throws IOException {
        var file = file("a.jsonl", "{\"prompt\": \"a\", \"completion\": \"b\"}\n" + line.replace("\\\\", "\\") + "\n");
        assertRefused(reader(), file, ", line 2: " + reason);
    }

    @Test
    void doesNotShowStrangeNames() throws IOException {
        var file = file("a.jsonl", "{\"\\u001b[31m\": 1, \"b\": 2}");
        assertRefused(
                reader().withFormat(DataFormat.JSONL),
                file,
                ", line 1: there is no \"prompt\", only another name, \"b\"");
    }

    @Test
    void refusesExamplesLongerThanARow() throws IOException {
        String fits = "{\"prompt\": \"" + "a".repeat(150) + "\", \"completion\": \"" + "b".repeat(50) + "\"}\n";
        String longer = fits.replace("aaa\"", "aaaa\"");
        assertThat(reader().read(List.of(file("a.jsonl", fits))).examples()).hasSize(1);
        assertRefused(
                reader(),
                file("b.jsonl", fits + longer),
                ", line 2: the example has 201 tokens, but a row holds 200; shorten it or ask for longer rows");
    }

    @Test
    void skipsBadLinesAndRemembersTheFirst() throws IOException {
        var good = "{\"prompt\": \"a\", \"completion\": \"b\"}\n";
        var latin = folder.resolve("a.jsonl");
        Files.write(
                latin,
                (good + "bad\n".repeat(3) + "{\"prompt\": \"\u00e4\"}\n" + good + "bad\n".repeat(4))
                        .getBytes(StandardCharsets.ISO_8859_1));
        var read = reader().withSkipBad(true).read(List.of(latin));
        assertThat(read.examples()).hasSize(2);
        assertThat(read.skipped()).isEqualTo(8);
        assertThat(read.faults()).hasSize(5);
        assertThat(read.faults().getFirst())
                .isEqualTo(latin + ", line 2: this is not JSON, as column 1 shows; write an object on each line");
        assertThat(read.faults().get(3))
                .isEqualTo(latin + ", line 5: byte 13 of the line, 0xe4, is not UTF-8; save the file as UTF-8");
        assertRefused(reader(), latin, ", line 2: this is not JSON, as column 1 shows; write an object on each line");
    }

    @Test
    void refusesFilesWithoutExamples() throws IOException {
        assertRefused(reader(), file("a.jsonl", "\n\n"), ": there is no example to learn from");
        var bad = file("b.jsonl", "{}\n{}\n");
        assertRefused(
                reader().withSkipBad(true),
                bad,
                ": there is no example to learn from, as all 2 lines are bad; the first: " + bad
                        + ", line 1: there is no \"prompt\" in an empty object");
        assertRefused(reader(), folder.resolve("c.jsonl"), ": there is no such file; check its name and permissions");
    }

    @Test
    void refusesConversationsWithoutATemplate() throws IOException {
        var file = file("a.jsonl", "{\"messages\": [{\"role\": \"user\", \"content\": \"hi\"}]}");
        assertRefused(
                reader().withSkipBad(true),
                file,
                ", line 1: there are \"messages\", but the base has no chat template; write \"prompt\" and "
                        + "\"completion\" instead");
    }

    @Test
    void learnsTheAnswersOfARenderedConversation() throws IOException {
        ChatRenderer renderer = messages -> messages.stream()
                .flatMap(message -> List.of(
                        new ChatRenderer.Part("[" + message.role() + "]", true, false),
                        new ChatRenderer.Part(
                                message.content(), false, message.role().equals("assistant")),
                        new ChatRenderer.Part(
                                BpeTrainer.END, true, message.role().equals("assistant")))
                        .stream())
                .toList();
        var file = file(
                "a.jsonl",
                "{\"messages\": [{\"role\": \"user\", \"content\": \"<|endoftext|>\"}, "
                        + "{\"role\": \"assistant\", \"content\": \"yes\"}, {\"role\": \"user\", \"content\": \"b\"}, "
                        + "{\"role\": \"assistant\", \"content\": \"no\"}]}");
        var example =
                reader().withRenderer(renderer).read(List.of(file)).examples().getFirst();
        assertThat(text(example, true)).isEqualTo("yes$no$");
        assertThat(text(example, false)).isEqualTo("[user]<|endoftext|>$[assistant][user]b$[assistant]");
        var silent = file("b.jsonl", "{\"messages\": [{\"role\": \"user\", \"content\": \"a\"}]}");
        assertRefused(
                reader().withRenderer(renderer),
                silent,
                ", line 1: there is no answer of the assistant to learn; leave the line out");
        assertRefused(
                reader().withRenderer(messages -> {
                    throw new ProxyTuneException("roles must alternate");
                }),
                silent,
                ", line 1: the chat template refuses the messages: roles must alternate");
    }
}
