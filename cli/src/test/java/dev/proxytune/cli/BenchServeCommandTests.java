package dev.proxytune.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.sun.net.httpserver.HttpServer;
import dev.proxytune.gguf.SyntheticModel;
import dev.proxytune.gguf.SyntheticModel.Shape;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.assertj.core.data.Percentage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BenchServeCommandTests {
    @TempDir
    private Path folder;

    @BeforeEach
    void writeModels() {
        SyntheticModel.of(Shape.tiny(), 1).write(folder.resolve("target.gguf"));
        SyntheticModel.of(Shape.tiny(), 2).write(folder.resolve("expert.gguf"));
    }

    private CommandRun bench(String... more) {
        List<String> command = new ArrayList<>(List.of("bench", "serve", "-t", "1"));
        command.addAll(List.of("--target", folder.resolve("target.gguf").toString()));
        command.addAll(List.of("--expert", folder.resolve("expert.gguf").toString()));
        command.addAll(List.of("--anti-expert", folder.resolve("expert.gguf").toString()));
        command.addAll(List.of(more));
        return CommandRun.with(new LlamaLoader()).run(command.toArray(String[]::new));
    }

    @Test
    void measuresBothWaysOfBothAsRatios() {
        CommandRun run = bench("--count=5", "-n", "4", "--json");
        assertThat(run.code()).as(run.err()).isZero();
        var object = Json.object(run.out());
        assertThat(object)
                .containsEntry("clients", 5)
                .containsEntry("tokens", 4)
                .containsEntry("rounds", 2)
                .containsEntry("speculation", "off");
        assertThat(number(object.get("prompt_tokens"))).isGreaterThan(5 * 20);
        assertThat(object.get("serve_at_once_s"))
                .asInstanceOf(InstanceOfAssertFactories.LIST)
                .hasSize(2);
        double gain =
                number(object.get("serve_at_once_tokens_per_s")) / number(object.get("serve_one_by_one_tokens_per_s"));
        double bare =
                number(object.get("bare_at_once_tokens_per_s")) / number(object.get("bare_one_by_one_tokens_per_s"));
        assertThat(number(object.get("gain"))).isCloseTo(gain, within());
        assertThat(number(object.get("bare_gain"))).isCloseTo(bare, within());
        assertThat(number(object.get("gain_to_bare_gain"))).isCloseTo(gain / bare, within());
    }

    private static Percentage within() {
        return Percentage.withPercentage(0.1);
    }

    private static double number(@Nullable Object value) {
        assertThat(value).isInstanceOf(Number.class);
        return ((Number) Objects.requireNonNull(value)).doubleValue();
    }

    @Test
    void printsATableOfWhatOneClientAloneGets() {
        CommandRun run = bench("--count=1", "-n", "1", "--rounds=1");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).startsWith("1 clients, ").contains(" of prompts and 1 of answers; no speculation\n");
        assertThat(run.out().lines()).hasSize(5);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--count=0     | --count must be from 1 to 256, got: 0",
                "--count=257   | --count must be from 1 to 256, got: 257",
                "--tokens=-1   | --tokens must be from 1 to 100000, got: -1",
                "--rounds=0    | --rounds must be from 1 to 1000, got: 0"
            })
    void refusesWhatCannotBeMeasured(String option, String message) {
        CommandRun run = bench(option);
        assertThat(run.code()).isEqualTo(ExitCodes.USAGE);
        assertThat(run.errorLines().getFirst()).contains(message);
    }

    @Test
    void saysThatAnAnswerDoesNotFitBesideItsQuestion() {
        CommandRun run = bench("-n", "250");
        assertThat(run.code()).isNotZero();
        assertThat(run.errorLines()).singleElement().asString().contains("reads only 256", "--tokens");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "data: {\"usage\":{\"completion_tokens\":3}}\n\ndata: [DONE]\n\n",
                "data: {\"usage\":{\"completion_tokens\":4}}\n\n",
                "data: {\"choices\":[]}\n\ndata: [DONE]\n\n",
                ""
            })
    void takesNoAnswerForOneThatIsShorterOrBroken(String stream) throws IOException {
        var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/v1/completions", exchange -> {
            byte[] bytes = stream.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, bytes.length == 0 ? -1 : bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
        server.start();
        try (var client =
                new BenchClient("http://127.0.0.1:" + server.getAddress().getPort(), "m", List.of(2))) {
            assertThatIllegalStateException()
                    .isThrownBy(() -> client.ask(List.of("a"), true, 4))
                    .withMessageContaining("an answer of 4 tokens");
        } finally {
            server.stop(0);
        }
    }
}
