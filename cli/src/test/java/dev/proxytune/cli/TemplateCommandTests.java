package dev.proxytune.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proxytune.gguf.GgufWriter;
import dev.proxytune.gguf.Metadata;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TemplateCommandTests {
    private static final String CONVERSATION = "{\"messages\": [{\"role\": \"user\", \"content\": \"Grüezi 🦊\"}]}";

    @TempDir
    private Path folder;

    private Path write(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    private static CommandRun run(String in, Object... arguments) {
        String[] all = new String[arguments.length + 1];
        all[0] = "template";
        for (int i = 0; i < arguments.length; i++) {
            all[i + 1] = arguments[i].toString();
        }
        return CommandRun.with(new FakeLoader())
                .in(in.getBytes(StandardCharsets.UTF_8))
                .run(all);
    }

    @Test
    void printsTheTextAndNothingElse() throws IOException {
        Path template = write("t.jinja", "{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}\n\n\n");
        var run = run("", "--file", template, "--input", write("c.json", CONVERSATION));
        assertThat(run.err()).isEmpty();
        assertThat(run.code()).isZero();
        assertThat(run.out()).isEqualTo("<user>Grüezi 🦊\n");
    }

    @Test
    void readsNumbersAndKeysAsPythonDoes() throws IOException {
        Path template =
                write("t.jinja", "{{ x|tojson }} {{ x.z / 1 }} {{ add_generation_prompt }} {{ tools is defined }}");
        var run = run(
                "{\"x\": {\"z\": 1e400, \"b\": 123456789012345678901234567890, \"a\": 1.0, \"c\": null, \"n\": NaN}}",
                "-f",
                template,
                "-i",
                "-");
        assertThat(run.out())
                .isEqualTo(
                        "{\"z\": Infinity, \"b\": 123456789012345678901234567890, \"a\": 1.0, \"c\": null, \"n\": NaN}"
                                + " inf False False");
    }

    @Test
    void saysWhatIsWrongWithTheInputInOneLine() throws IOException {
        Path template = write("t.jinja", "{{ x }}");
        assertThat(run("\uFEFF{\"x\": 1}", "-f", template, "-i", "-").out()).isEqualTo("1");
        for (String input : List.of(
                "",
                " \n",
                "[".repeat(600) + "]".repeat(600),
                "{\"x\": " + "9".repeat(5000) + "}",
                "{\"x\": ",
                "{} {}",
                "{\"x\": nonsense}",
                "// no\n{}")) {
            var run = run(input, "-f", template, "-i", "-");
            assertThat(run.code()).as(run.err()).isEqualTo(1);
            assertThat(run.err())
                    .startsWith("proxytune: ")
                    .contains("standard input")
                    .doesNotContain("Source", "Stream", "Feature", "unexpected", "Exception");
            assertThat(run.errorLines()).hasSize(1);
        }
    }

    @Test
    void takesTemplateAndTokensOfAModel() {
        Path model = folder.resolve("m.gguf");
        Metadata metadata = Metadata.builder()
                .put("general.architecture", "llama")
                .put("tokenizer.chat_template", "{{ bos_token }}{{ messages[0].content }}{{ eos_token }}")
                .put("tokenizer.chat_template.tool_use", "tools: {{ bos_token }}")
                .putStrings("tokenizer.ggml.tokens", List.of("<unk>", "<s>", "</s>"))
                .putUnsigned("tokenizer.ggml.bos_token_id", 1)
                .putUnsigned("tokenizer.ggml.eos_token_id", 2)
                .build();
        new GgufWriter(metadata).write(model);
        assertThat(run(CONVERSATION, "--model", model, "--input", "-").out()).isEqualTo("<s>Grüezi 🦊</s>");
        assertThat(run("{\"bos_token\": \"B\"}", "-m", model, "-i", "-", "--name", "tool_use")
                        .out())
                .isEqualTo("tools: B");
        var missing = run(CONVERSATION, "-m", model, "-i", "-", "--name", "rag");
        assertThat(missing.code()).isEqualTo(ExitCodes.FAILURE);
        assertThat(missing.err()).contains("tokenizer.chat_template.rag").contains("tool_use");
    }

    @Test
    void tellsWhereTheTemplateFails() throws IOException {
        Path template = write("t.jinja", "a\n  {{ raise_exception('Roles must\nalternate') }}");
        var run = run(CONVERSATION, "-f", template, "-i", "-");
        assertThat(run.code()).isEqualTo(ExitCodes.FAILURE);
        assertThat(run.out()).isEmpty();
        assertThat(run.errorLines()).hasSize(1);
        assertThat(run.err()).contains("t.jinja", "Roles must", "alternate", "line 2");
    }

    @Test
    void refusesWhatCannotBe() throws IOException {
        Path template = write("t.jinja", "x");
        assertThat(run("", "-i", "-").code()).isEqualTo(ExitCodes.USAGE);
        assertThat(run("", "-f", template).code()).isEqualTo(ExitCodes.USAGE);
        assertThat(run("", "-f", "-", "-i", "-").code()).isEqualTo(ExitCodes.USAGE);
        assertThat(run("", "-f", template, "-i", "-", "--name", "n").code()).isEqualTo(ExitCodes.USAGE);
        assertThat(run("[1]", "-f", template, "-i", "-").err()).contains("expected a JSON object", "found array");
        assertThat(run("{\"a\": tru}", "-f", template, "-i", "-").err())
                .contains("standard input is not JSON", "line 1");
        assertThat(run("{}", "-f", folder.resolve("none"), "-i", "-").err()).contains("there is no such file");
        assertThat(run("", "-f", template, "-i", "-").code()).isEqualTo(ExitCodes.FAILURE);
    }
}
