package dev.proxytune.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.proxytune.gguf.SyntheticModel;
import dev.proxytune.gguf.SyntheticModel.Shape;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Runs commands on models that llama.cpp really loads. */
class LlamaGenerationTests {
    @TempDir
    private Path folder;

    private Path target;
    private Path expert;
    private Path anti;

    @BeforeEach
    void writeModels() {
        target = write("target.gguf", SyntheticModel.of(Shape.tiny(), 1));
        anti = write("anti.gguf", SyntheticModel.of(Shape.tiny(), 2));
        expert = write("expert.gguf", SyntheticModel.of(Shape.tiny(), 2).withPerturbation(3, 0.5f));
    }

    private Path write(String name, SyntheticModel model) {
        Path file = folder.resolve(name);
        model.write(file);
        return file;
    }

    private static CommandRun run(Object... args) {
        List<String> all = new ArrayList<>(List.of("generate", "-t", "1"));
        for (Object arg : args) {
            all.add(arg.toString());
        }
        return CommandRun.with(new LlamaLoader()).run(all.toArray(String[]::new));
    }

    private static JsonNode json(Object... args) {
        List<Object> all = new ArrayList<>(List.of(args));
        all.add("--json");
        var run = run(all.toArray());
        assertThat(run.err()).isEmpty();
        assertThat(run.code()).isZero();
        return JsonMapper.shared().readTree(run.out());
    }

    private static List<Integer> ids(JsonNode json) {
        return json.get("tokens").values().stream()
                .map(token -> token.get("id").asInt())
                .toList();
    }

    @Test
    void movesTheTargetWhereTheExpertWasTuned() {
        var alone = ids(json("-m", target, "-p", "hello", "-n", "24"));
        var still = ids(json(
                "-m", target, "--expert", expert, "--anti-expert", anti, "--alpha", "0", "-p", "hello", "-n", "24"));
        var moved = ids(json("-m", target, "--expert", expert, "--anti-expert", anti, "-p", "hello", "-n", "24"));
        assertThat(still).isEqualTo(alone);
        assertThat(moved).isNotEqualTo(alone);
    }

    @Test
    void tellsTheLikeliestTokensOfEachRole() {
        var token = json(
                        "-m",
                        target,
                        "--expert",
                        expert,
                        "--anti-expert",
                        anti,
                        "-p",
                        "hello",
                        "-n",
                        "1",
                        "--trace",
                        "--top-logprobs",
                        "3")
                .get("tokens")
                .get(0);
        var best = token.get("top_logprobs").get(0);
        assertThat(best.get("id")).isEqualTo(token.get("id"));
        assertThat(best.get("logprob")).isEqualTo(token.get("logprob"));
        assertThat(best.get("text")).isEqualTo(token.get("text"));
        assertThat(token.get("target_top_logprobs").get(0).get("id")).isEqualTo(token.get("target_choice"));
        for (String role : List.of("", "target_", "expert_", "anti_expert_")) {
            assertThat(token.get(role + "top_logprobs").size()).as(role).isEqualTo(3);
        }
        var plain = json("-m", target, "-p", "hello", "-n", "1", "--top-logprobs", "2")
                .get("tokens")
                .get(0);
        assertThat(plain.get("top_logprobs").size()).isEqualTo(2);
        assertThat(plain.has("target_top_logprobs")).isFalse();
        var without = run("-m", target, "-p", "hello", "--top-logprobs", "2");
        assertThat(without.code()).isEqualTo(2);
        assertThat(without.err()).contains("--json");
    }

    @Test
    void answersInAGrammarOrASchema() throws IOException {
        var grammar = run("-m", target, "-p", "hello", "--grammar", "root ::= [a-z]{3} (\"-\" [0-9]){2}");
        assertThat(grammar.out()).matches("[a-z]{3}(-[0-9]){2}");
        Path file = Files.writeString(
                folder.resolve("schema.json"),
                "{\"properties\": {\"a\": {\"type\": \"boolean\"}, \"b\": {\"enum\": [1, \"é\"]}},"
                        + " \"required\": [\"a\", \"b\"]}");
        var schema =
                run("-m", target, "--expert", expert, "--anti-expert", anti, "-p", "x", "--temp", "1", "-jf", file);
        JsonNode answer = JsonMapper.shared().readTree(schema.out());
        assertThat(answer.get("a").isBoolean()).isTrue();
        assertThat(answer.get("b").asString()).isIn("1", "é");
        var wrong = run("-m", target, "-p", "x", "-j", "{\"not\": {}}");
        assertThat(wrong.code()).isEqualTo(2);
        assertThat(wrong.err()).contains("not cannot be kept by a grammar");
        assertThat(run("-m", target, "-p", "x", "-j", "{").err()).contains("is not JSON");
        assertThat(run("-m", target, "-p", "x", "--grammar", "root ::= x").err())
                .contains("no rule x");
        assertThat(run("-m", target, "-p", "x", "-j", "{}", "--grammar", "root ::= \"x\"")
                        .err())
                .contains("only one");
    }

    @Test
    void isTheTargetIfExpertAndAntiExpertAreTheSame() {
        var alone = ids(json("-m", target, "-p", "hello", "-n", "24"));
        var same = ids(json("-m", target, "--expert", anti, "--anti-expert", anti, "-p", "hello", "-n", "24"));
        assertThat(same).isEqualTo(alone);
    }

    @Test
    void usesAnAdapterAsTheExpert() {
        Path adapter = TestAdapters.write(folder.resolve("adapter.gguf"));
        Object[] base = {"-m", target, "--anti-expert", anti, "--expert-lora", adapter, "-p", "hello", "-n", "24"};
        var alone = ids(json("-m", target, "-p", "hello", "-n", "24"));
        assertThat(ids(json(base))).isNotEqualTo(alone);
        List<Object> nothing = new ArrayList<>(List.of(base));
        nothing.addAll(List.of("--lora-scale", "0"));
        assertThat(ids(json(nothing.toArray()))).isEqualTo(alone);
    }

    @Test
    void refusesModelsOfDifferentVocabularies() {
        var model = SyntheticModel.of(Shape.tiny(), 2);
        Path other = write("other.gguf", model.withVocabulary(model.vocabulary().withToken(270, "elsewhere")));
        var run = run("-m", target, "--expert", other, "-p", "hello");
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.errorLines()).singleElement().asString().contains("270", "elsewhere");
    }

    @Test
    void refusesAPromptThatDoesNotFit() {
        var run = run("-m", target, "-p", "hello ".repeat(400));
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.out()).isEmpty();
        assertThat(run.errorLines()).singleElement().asString().contains("256");
    }

    @Test
    void fillsTheContextIfAsked() {
        var json = json("-m", target, "-p", "hello", "-n", "-1");
        int prompt = json.get("usage").get("prompt_tokens").asInt();
        int answer = json.get("usage").get("completion_tokens").asInt();
        if (json.get("finish_reason").asString().equals("length")) {
            // The last token drawn needs no place of its own.
            assertThat(prompt + answer).isEqualTo(257);
        }
    }

    @Test
    void answersLikeTheTrainedModels() throws Exception {
        Path models = trained();
        var samples = JsonMapper.shared().readTree(Files.readString(models.resolve("samples.json")));
        assertThat(samples).isNotEmpty();
        for (JsonNode sample : samples.values()) {
            Path prompt = folder.resolve("prompt");
            Files.write(prompt, sample.get("prompt").asString().getBytes(StandardCharsets.UTF_8));
            var proxy = sample.get("proxy");
            var json = json(
                    "-m",
                    models.resolve("target.gguf"),
                    "--expert",
                    models.resolve("expert.gguf"),
                    "--anti-expert",
                    models.resolve("anti-expert.gguf"),
                    "-f",
                    prompt,
                    "-n",
                    proxy.get("tokens").size());
            assertThat(ids(json))
                    .isEqualTo(proxy.get("tokens").values().stream()
                            .map(JsonNode::asInt)
                            .toList());
            assertThat(json.get("text").asString()).isEqualTo(proxy.get("text").asString());
        }
    }

    /** Return the trained models kept beside the checkout, or skip the test where there are none. */
    private static Path trained() {
        Path above = Path.of("").toAbsolutePath();
        while (above != null) {
            Path models = above.resolve("shared").resolve("models");
            if (Files.isRegularFile(models.resolve("samples.json"))) {
                return models;
            }
            above = above.getParent();
        }
        assumeTrue(false, "There is no folder shared/models beside the checkout");
        throw new AssertionError();
    }
}
