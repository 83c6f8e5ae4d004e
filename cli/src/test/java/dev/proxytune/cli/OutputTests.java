package dev.proxytune.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.proxytune.Cancellation;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class OutputTests {
    private static final Terminals TERMINAL = new Terminals(true, true, true, false);

    @TempDir
    private Path folder;

    private final FakeLoader loader = new FakeLoader()
            .put("target", new FakeModel("What?", 20))
            .put("expert", new FakeModel("é!", 40))
            .put("anti", new FakeModel("Hm", 5));

    @BeforeEach
    void createFiles() throws IOException {
        for (String name : List.of("target", "expert", "anti")) {
            Files.createFile(folder.resolve(name));
        }
    }

    private String[] args(String... more) {
        List<String> all = new ArrayList<>(List.of("generate", "-m", file("target"), "-p", "Hi"));
        all.addAll(List.of(more));
        return all.toArray(String[]::new);
    }

    private String[] pairArgs(String... more) {
        List<String> all = new ArrayList<>(List.of("--expert", file("expert"), "--anti-expert", file("anti")));
        all.addAll(List.of(more));
        return args(all.toArray(String[]::new));
    }

    private String file(String name) {
        return folder.resolve(name).toString();
    }

    private JsonNode json(String... args) {
        var run = CommandRun.with(loader).run(args);
        assertThat(run.code()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.out()).endsWith("}\n").hasLineCount(1);
        return JsonMapper.shared().readTree(run.out());
    }

    @Test
    void printsOneJsonObject() {
        var json = json(pairArgs("--json"));
        assertThat(json.propertyNames()).containsExactly("text", "tokens", "finish_reason", "usage", "timings");
        assertThat(json.get("text").asString()).isEqualTo("é!");
        assertThat(json.get("finish_reason").asString()).isEqualTo("stop");
        assertThat(json.get("usage").toString()).isEqualTo("{\"prompt_tokens\":2,\"completion_tokens\":3}");
        assertThat(json.get("timings").propertyNames())
                .containsExactly("load_ms", "prompt_ms", "decode_ms", "ms_per_token");
        assertThat(json.get("timings").values()).allMatch(JsonNode::isNumber);
        assertThat(json.get("tokens")).hasSize(3);
        var token = json.get("tokens").get(2);
        assertThat(token.propertyNames()).containsExactly("id", "text", "logprob");
        assertThat(token.get("id").asInt()).isEqualTo('!');
        assertThat(token.get("text").asString()).isEqualTo("!");
        assertThat(token.get("logprob").asDouble()).isBetween(-0.01, 0.0);
    }

    @Test
    void tracesEachTokenInJson() {
        var token = json(pairArgs("--json", "--trace")).get("tokens").get(2);
        assertThat(token.propertyNames())
                .containsExactly(
                        "id",
                        "text",
                        "logprob",
                        "target_logprob",
                        "expert_logprob",
                        "anti_expert_logprob",
                        "target_choice",
                        "target_choice_text",
                        "delta");
        assertThat(token.get("target_choice").intValue()).isEqualTo(97);
        assertThat(token.get("target_choice_text").stringValue()).isEqualTo("a");
        assertThat(token.get("delta").asDouble()).isGreaterThan(0.9);
        assertThat(token.get("target_logprob").asDouble()).isLessThan(-19);
        assertThat(token.get("expert_logprob").asDouble()).isGreaterThan(-0.01);
        assertThat(token.get("anti_expert_logprob").asDouble()).isBetween(-6.5, -4.0);
    }

    @Test
    void writesNullForRolesThatAreNotThere() {
        var token = json(args("--expert", file("expert"), "--json", "--trace"))
                .get("tokens")
                .get(0);
        assertThat(token.get("anti_expert_logprob").isNull()).isTrue();
        assertThat(token.get("expert_logprob").isNumber()).isTrue();
        var alone = json(args("--json", "--trace")).get("tokens").get(0);
        assertThat(alone.get("expert_logprob").isNull()).isTrue();
        assertThat(alone.get("delta").asDouble()).isZero();
        assertThat(alone.has("pairs")).isFalse();
    }

    @Test
    void listsThePairsInJson() {
        var token = json(pairArgs("--expert", file("target"), "--anti-expert", file("anti"), "--json", "--trace"))
                .get("tokens")
                .get(0);
        assertThat(token.get("pairs")).hasSize(2);
        assertThat(token.get("pairs").get(0).get("expert_logprob")).isEqualTo(token.get("expert_logprob"));
        assertThat(token.get("pairs").get(1).propertyNames()).containsExactly("expert_logprob", "anti_expert_logprob");
    }

    @Test
    void hasNoTimePerTokenWithoutTokens() {
        var json = json(args("--json", "-n", "0"));
        assertThat(json.get("timings").get("ms_per_token").isNull()).isTrue();
        assertThat(json.get("finish_reason").asString()).isEqualTo("length");
        assertThat(json.get("tokens")).isEmpty();
    }

    @Test
    void printsATableWhereColoursAreNotWanted() {
        var run = CommandRun.with(loader).run(pairArgs("--trace"));
        assertThat(run.err()).isEmpty();
        var lines = run.out().lines().map(line -> List.of(line.split("\t", -1))).toList();
        assertThat(lines).hasSize(4);
        assertThat(lines.getFirst())
                .containsExactly(
                        "token",
                        "delta",
                        "logprob",
                        "target_logprob",
                        "expert_logprob",
                        "anti_expert_logprob",
                        "target_choice");
        assertThat(lines).allMatch(cells -> cells.size() == 7);
        assertThat(lines.getLast().getFirst()).isEqualTo("!");
        assertThat(lines.getLast().getLast()).isEqualTo("a");
        assertThat(lines.getLast().get(1)).isEqualTo("1.0000");
    }

    @Test
    void coloursTheTextOnATerminal() {
        var run = CommandRun.with(loader).terminals(TERMINAL).run(pairArgs("--trace"));
        assertThat(run.out()).isEqualTo("\033[1;38;5;160mé\033[0m\033[1;38;5;160m!\033[0m\n");
        assertThat(run.errorLines().getFirst()).startsWith("Δ");
    }

    @Test
    void leavesTokensThatNothingMovedAsTheyAre() {
        var run = CommandRun.with(loader).run(args("--trace", "--color", "always"));
        assertThat(run.out()).isEqualTo("What?");
    }

    @ParameterizedTest
    @CsvSource({"NO_COLOR,1", "TERM,dumb", "PROXYTUNE_COLOR,never"})
    void respectsWhoWantsNoColours(String variable, String value) {
        var run = CommandRun.with(loader)
                .terminals(TERMINAL)
                .variable(variable, value)
                .run(pairArgs("--trace"));
        assertThat(run.out()).startsWith("token\t").doesNotContain("\033");
    }

    @Test
    void choosesColoursThatBlackAndWhiteBackgroundsShow() {
        for (int[] scale : List.of(TraceColors.BLUES, TraceColors.REDS)) {
            for (int color : scale) {
                double luminance = luminance(color);
                assertThat((luminance + 0.05) / 0.05).as("on black: %d", color).isGreaterThan(3);
                assertThat(1.05 / (luminance + 0.05)).as("on white: %d", color).isGreaterThan(3);
            }
        }
    }

    /** Return the relative luminance of one of the 216 colours, by WCAG 2. */
    private static double luminance(int color) {
        int index = color - 16;
        int[] levels = {0, 95, 135, 175, 215, 255};
        return 0.2126 * linear(levels[index / 36])
                + 0.7152 * linear(levels[index / 6 % 6])
                + 0.0722 * linear(levels[index % 6]);
    }

    private static double linear(int level) {
        double share = level / 255.0;
        return share <= 0.04045 ? share / 12.92 : Math.pow((share + 0.055) / 1.055, 2.4);
    }

    @Test
    void streamsTextAsItComes() {
        var out = new ByteArrayOutputStream();
        List<String> seen = new ArrayList<>();
        loader.model("expert").beforeToken = cancellation -> seen.add(out.toString(StandardCharsets.UTF_8));
        var console = new Console(InputStream.nullInputStream(), out, new ByteArrayOutputStream(), TERMINAL, Map.of());
        Main.run(console, loader, pairArgs());
        // The first byte of é is not a character yet.
        assertThat(seen).containsExactly("", "é", "é!");
    }

    @Test
    void endsQuietlyWhenNobodyReadsAnyMore() {
        assertThat(writingInto(new Terminals(false, false, false, true))).isEqualTo("0 ");
    }

    @Test
    void saysThatTheOutputCannotBeWritten() {
        assertThat(writingInto(Terminals.NONE))
                .isEqualTo("1 proxytune: The output cannot be written: No space left on device\n");
    }

    private String writingInto(Terminals terminals) {
        var err = new ByteArrayOutputStream();
        var full = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("No space left on device");
            }
        };
        var console = new Console(InputStream.nullInputStream(), full, err, terminals, Map.of());
        return Main.run(console, loader, pairArgs()) + " " + err.toString(StandardCharsets.UTF_8);
    }

    @Test
    void printsWhatIsThereAtAnInterrupt() throws IOException {
        assumeTrue(Files.isExecutable(Path.of("/bin/kill")), "There is no kill command here");
        assumeTrue(!isIgnored("INT"), "Whoever started this process made it ignore interrupts, as nohup does");
        loader.model("target").beforeToken = OutputTests::interrupt;
        var text = CommandRun.with(loader).run(args());
        assertThat(text).isEqualTo(new CommandRun(130, "Wh", ""));
        var json = CommandRun.with(loader).run(args("--json"));
        assertThat(json.code()).isEqualTo(130);
        assertThat(json.out()).contains("\"text\":\"Wh\"", "\"finish_reason\":\"cancelled\"");
    }

    /** Return whether this process, and so those that it starts, ignores a signal. */
    static boolean isIgnored(String name) throws IOException {
        int bit = Map.of("HUP", 0, "INT", 1, "TERM", 14).getOrDefault(name, 0);
        Path status = Path.of("/proc/self/status");
        return Files.isReadable(status)
                && Files.readAllLines(status).stream()
                        .filter(line -> line.startsWith("SigIgn:"))
                        .anyMatch(line ->
                                (Long.parseUnsignedLong(line.substring(7).strip(), 16) >>> bit & 1) != 0);
    }

    /** Send this process what Ctrl-C sends, and wait for it to arrive, which it does in another thread. */
    private static void interrupt(Cancellation cancellation) {
        if (cancellation.isCancelled()) {
            return;
        }
        try {
            String self = Long.toString(ProcessHandle.current().pid());
            new ProcessBuilder("/bin/kill", "-INT", self).start().waitFor();
            for (int i = 0; i < 3000 && !cancellation.isCancelled(); i++) {
                Thread.sleep(10);
            }
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
