package dev.proxytune.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proxytune.DecoderOptions;
import dev.proxytune.InvalidModelException;
import dev.proxytune.LanguageModel;
import dev.proxytune.llama.MemoryNeed;
import dev.proxytune.llama.ModelOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GenerateCommandTests {
    private static final Terminals TERMINAL = new Terminals(true, true, true, false);

    @TempDir
    private Path folder;

    private final FakeLoader loader = new FakeLoader()
            .put("target", new FakeModel("What?\nWhy?\n", 20))
            .put("expert", new FakeModel("Sure é!", 40))
            .put("anti", new FakeModel("Hm", 5))
            .put("anti+lora*1.0", new FakeModel("Lora", 40))
            .put("anti+lora*0.5", new FakeModel("Half", 40))
            .put("target+lora*1.0", new FakeModel("Adapted", 20));

    @BeforeEach
    void createFiles() throws IOException {
        for (String name : List.of("target", "expert", "anti", "lora")) {
            Files.createFile(folder.resolve(name));
        }
    }

    private CommandRun.Setup setup() {
        return CommandRun.with(loader);
    }

    private CommandRun run(String... args) {
        return setup().run(args(args));
    }

    /** Put {@code generate} in front, and the folder in front of the names of files. */
    private String[] args(String... args) {
        List<String> all = new ArrayList<>(List.of("generate"));
        for (String arg : args) {
            all.add(
                    List.of("target", "expert", "anti", "lora", "missing", "prompt")
                                    .contains(arg)
                            ? folder.resolve(arg).toString()
                            : arg);
        }
        return all.toArray(String[]::new);
    }

    @Test
    void keepsControlCharactersOfNamesFromTheTerminal() {
        var run = run("-m", "no\u001b[31msuch", "-p", "Hi");
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.errorLines()).singleElement().asString().contains("no?[31msuch");
    }

    @Test
    void printsTheTargetsAnswerAndNothingElse() {
        var run = run("-m", "target", "-p", "Hi");
        assertThat(run).isEqualTo(new CommandRun(0, "What?\nWhy?\n", ""));
        assertThat(loader.model("target").closed).isTrue();
    }

    @Test
    void steersTheTargetWithAnExpert() {
        var run = run("--target", "target", "--expert", "expert", "--anti-expert", "anti", "-p", "Hi");
        assertThat(run.out()).isEqualTo("Sure é!");
        assertThat(loader.loaded).containsExactly("target", "expert", "anti");
        assertThat(List.of("target", "expert", "anti")).allMatch(name -> loader.model(name).closed);
    }

    @Test
    void leavesTheTargetAloneAtAlphaZero() {
        var run = run("-m", "target", "--expert", "expert", "--anti-expert", "anti", "--alpha", "0", "-p", "Hi");
        assertThat(run.out()).isEqualTo("What?\nWhy?\n");
    }

    @Test
    void weighsEachPairByItsOwnAlpha() {
        String[] pairs = {"-m", "target", "-p", "Hi", "--expert", "expert", "--anti-expert", "anti"};
        String[] more = {"--expert", "target", "--anti-expert", "anti", "--alpha", "1", "--alpha", "3"};
        assertThat(run(concat(pairs, more)).out()).isEqualTo("What?\nWhy?\n");
        more[5] = "3";
        more[7] = "0";
        assertThat(run(concat(pairs, more)).out()).isEqualTo("Sure é!");
    }

    private static String[] concat(String[] first, String... second) {
        String[] all = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        return all;
    }

    @Test
    void makesTheExpertOfTheAntiExpertAndAnAdapter() {
        var run = run("-m", "target", "--anti-expert", "anti", "--expert-lora", "lora", "-p", "Hi");
        assertThat(run.out()).isEqualTo("Lora");
        assertThat(loader.loaded).containsExactly("target", "anti+lora*1.0", "anti");
    }

    @Test
    void scalesAdapters() {
        String[] args = {"-m", "target", "--anti-expert", "anti", "--expert-lora", "lora", "-p", "Hi"};
        assertThat(run(concat(args, "--lora-scale", "0.5")).out()).isEqualTo("Half");
    }

    @Test
    void appliesAnAdapterToTheTarget() {
        assertThat(run("-m", "target", "--lora", "lora", "-p", "Hi").out()).isEqualTo("Adapted");
    }

    @Test
    void givesEachRoleItsPrompt() {
        String[] models = {"-m", "target", "--expert", "expert", "--anti-expert", "anti", "-p", "a\\nb"};
        run(concat(models, "--expert-prompt", "[INST] a [/INST]\\t", "--anti-expert-prompt", "\\\\ \\x41"));
        assertThat(loader.model("target").prompts).containsExactly("a\nb");
        assertThat(loader.model("expert").prompts).containsExactly("[INST] a [/INST]\t");
        assertThat(loader.model("anti").prompts).containsExactly("\\ A");
    }

    @ParameterizedTest
    @ValueSource(strings = {"--json", "-n", "${user.home}", "\"quoted\" ", "-5", "generate"})
    void takesAnyTextAsAPrompt(String text) {
        run("-m", "target", "-p", text);
        setup().variable("PROXYTUNE_PROMPT", text).run(args("-m", "target"));
        assertThat(loader.model("target").prompts).containsExactly(text, text);
    }

    @Test
    void takesAPromptThatLooksLikeAnArgumentFile() throws IOException {
        Files.writeString(folder.resolve("prompt"), "arguments");
        String text = "@" + folder.resolve("prompt");
        run("-m", "target", "-p", text);
        assertThat(loader.model("target").prompts).containsExactly(text);
    }

    @Test
    void givesRolesWithoutOneTheTargetsPrompt() {
        run("-m", "target", "--expert", "expert", "--anti-expert", "anti", "--no-escape", "-p", "a\\nb");
        assertThat(loader.model("expert").prompts).containsExactly("a\\nb");
        assertThat(loader.model("anti").prompts).containsExactly("a\\nb");
    }

    @Test
    void takesFilesAndStandardInputToTheByte() throws IOException {
        Files.writeString(folder.resolve("prompt"), "\\n é \n\n");
        run("-m", "target", "--expert", "expert", "-f", "prompt");
        assertThat(loader.model("target").prompts).containsExactly("\\n é \n\n");
        setup().in(" piped\n".getBytes(StandardCharsets.UTF_8))
                .run(args("-m", "target", "--expert", "expert", "--expert-file", "prompt"));
        assertThat(loader.model("target").prompts).last().isEqualTo(" piped\n");
        assertThat(loader.model("expert").prompts).last().isEqualTo("\\n é \n\n");
    }

    @Test
    void tellsWhereAPromptIsNotUtf8() throws IOException {
        Files.write(folder.resolve("prompt"), new byte[] {'a', 'b', (byte) 0xe9, 'c'});
        var run = run("-m", "target", "-f", "prompt");
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.errorLines()).singleElement().asString().contains("0xe9", "offset 2", "prompt");
        assertThat(loader.loaded).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            value = {
                "--alpha NaN,--alpha",
                "--alpha inf,--alpha",
                "--alpha 1 --alpha 2,--alpha",
                "--temp -1,--temp",
                "--temp NaN,--temp",
                "--top-k -1,--top-k",
                "--top-p 0,--top-p",
                "--top-p 1.5,--top-p",
                "--min-p 2,--min-p",
                "--repeat-penalty 0,--repeat-penalty",
                "--repeat-last-n -2,--repeat-last-n",
                "--presence-penalty NaN,--presence-penalty",
                "--frequency-penalty NaN,--frequency-penalty",
                "-n -2,--predict",
                "-n many,predict",
                "-c -1,--ctx-size",
                "-t -1,--threads",
                "-b 0,--batch-size",
                "-ngl -2,--gpu-layers",
                "-ctk q9,--cache-type-k",
                "-ctv q8_0 -fa off,--cache-type-v",
                "-s -2,--seed",
                "--stop=,--stop",
                "-l 13,--logit-bias",
                "-l x+1,--logit-bias",
                "-l 13+inf,--logit-bias",
                "-l -1-1,--logit-bias",
                "--lora-scale 2,--lora-scale",
                "--expert-lora lora --expert-lora lora,--expert-lora",
                "--expert expert,2 --expert",
                "-f prompt,--file",
                "--expert-prompt a --expert-prompt b,expert",
                "--expert-prompt a --expert-file b,--expert-file",
                "--stop \\xff,--stop",
                "--frob,--frob",
                "-temp 1,'-temp'",
                "--color blue,--color",
            })
    void refusesWhatCannotBeBeforeAnyModelIsLoaded(String wrong, String named) {
        String[] right = {"-m", "target", "--expert", "expert", "--anti-expert", "anti", "-p", "Hi"};
        var run = run(concat(right, wrong.split(" ")));
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        assertThat(run.errorLines())
                .singleElement()
                .asString()
                .startsWith("proxytune: ")
                .contains(named)
                .endsWith("(see 'proxytune generate --help')");
        assertThat(loader.loaded).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "--alpha 1,--expert",
        "--expert-lora lora,--anti-expert",
        "--expert-prompt a,--expert",
        "--anti-expert-file prompt,--anti-expert"
    })
    void refusesWhatNeedsAnExpertWhereThereIsNone(String wrong, String named) {
        var run = run(concat(new String[] {"-m", "target", "-p", "Hi"}, wrong.split(" ")));
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.errorLines()).singleElement().asString().contains(named);
    }

    @Test
    void asksForATargetAndAPrompt() {
        assertThat(run("-p", "Hi").errorLines()).first().asString().contains("--target");
        var run = setup().terminals(TERMINAL).run(args("-m", "target"));
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.errorLines()).first().asString().contains("-p");
    }

    @Test
    void namesEveryMissingFile() {
        var run = run("-m", "missing", "--expert", "expert", "--anti-expert", "/nowhere", "-p", "Hi");
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.errorLines())
                .singleElement()
                .asString()
                .contains("target model " + folder.resolve("missing") + " does not exist")
                .contains("anti-expert model /nowhere does not exist");
        assertThat(loader.loaded).isEmpty();
    }

    @Test
    void namesAFolderGivenAsAModel() {
        var run = run("-m", folder.toString(), "-p", "Hi");
        assertThat(run.errorLines()).singleElement().asString().contains(folder.toString(), "folder");
    }

    @Test
    void refusesABiasBeyondTheVocabulary() {
        var run = run("-m", "target", "-p", "Hi", "-l", "257+1");
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.errorLines()).first().asString().contains("--logit-bias", "257");
    }

    @Test
    void bansATokenByItsBias() {
        var run = run("-m", "target", "--expert", "expert", "-p", "Hi", "-n", "1", "-l", "83-inf");
        assertThat(run.out()).isEqualTo("W");
    }

    @Test
    void endsBeforeAStop() {
        assertThat(run("-m", "target", "-p", "Hi", "-r", "zzz", "--stop", "?\\n")
                        .out())
                .isEqualTo("What");
    }

    @Test
    void makesTheContextAsLongAsTheAnswerNeeds() {
        run("-m", "target", "-p", "Hi", "-n", "250");
        run("-m", "target", "-p", "Hi", "-n", "255");
        run("-m", "target", "-p", "Hi", "-n", "2000");
        run("-m", "target", "-p", "Hi", "-n", "-1");
        run("-m", "target", "-p", "Hi", "-c", "77");
        assertThat(loader.model("target").opened.stream().map(options -> options.contextLength()))
                .containsExactly(256, 512, 1000, 1000, 77);
    }

    @Test
    void makesRoomForTheLongestPrompt() {
        run("-m", "target", "--expert", "expert", "-p", "Hi", "--expert-prompt", "x".repeat(300), "-n", "10");
        assertThat(loader.model("target").opened.getFirst().contextLength()).isEqualTo(512);
    }

    @Test
    void passesDeviceOptionsOnByRole() {
        String[] models = {"-m", "target", "--expert", "expert", "--anti-expert", "anti", "-p", "Hi"};
        run(concat(models, "-ngl", "9", "--expert-gpu-layers", "0", "-t", "3", "-mg", "1", "-fa", "on"));
        assertThat(loader.options.stream().map(ModelOptions::gpuLayers)).containsExactly(9, 0, 0);
        assertThat(loader.options)
                .allMatch(options -> options.threads() == 3
                        && options.mainGpu() == 1
                        && options.flashAttention() == ModelOptions.FlashAttention.ON);
    }

    @ParameterizedTest
    @CsvSource({"'',AUTO", "--mmap,MAP", "--no-mmap,READ", "--mlock,READ_LOCKED", "--mmap --mlock,MAP_LOCKED"})
    void choosesHowWeightsAreLoaded(String options, ModelOptions.LoadMode mode) {
        String[] base = {"-m", "target", "-p", "Hi"};
        run(options.isEmpty() ? base : concat(base, options.split(" ")));
        assertThat(loader.options.getFirst().loadMode()).isEqualTo(mode);
    }

    @Test
    void takesOptionsFromTheEnvironment() {
        var run = setup().variable("PROXYTUNE_TARGET", folder.resolve("target").toString())
                .variable("PROXYTUNE_N_PREDICT", "3")
                .variable("PROXYTUNE_ALPHA", "0.5")
                .run("generate", "-p", "Hi");
        assertThat(run).isEqualTo(new CommandRun(0, "Wha", ""));
    }

    @Test
    void prefersTheCommandLineToTheEnvironment() {
        var run = setup().variable("PROXYTUNE_PREDICT", "3")
                .variable("PROXYTUNE_FILE", "/nowhere")
                .run(args("-m", "target", "-p", "Hi", "-n", "4"));
        assertThat(run.out()).isEqualTo("What");
    }

    @Test
    void saysThatAWrongValueComesFromTheEnvironment() {
        var run = setup().variable("PROXYTUNE_THREADS", "x").run(args("-m", "target", "-p", "Hi"));
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.errorLines()).first().asString().contains("--threads", "PROXYTUNE_THREADS");
    }

    @Test
    void endsTheLineOnATerminalOnly() {
        var run = setup().terminals(TERMINAL).run(args("-m", "target", "-p", "Hi", "-n", "4"));
        assertThat(run.out()).isEqualTo("What\n");
        assertThat(run.errorLines()).singleElement().asString().contains("prompt of 2 tokens", "answer of 4 tokens");
    }

    @Test
    void showsTheSeedItChose() {
        String[] base = {"-m", "target", "-p", "Hi", "--temp", "50", "-n", "20"};
        var first = run(base);
        assertThat(first.err()).matches("seed \\d+\\n");
        String seed = first.err().strip().substring(5);
        assertThat(run(concat(base, "-s", seed))).isEqualTo(new CommandRun(0, first.out(), ""));
    }

    @Test
    void printsThePromptWhereItIsWanted() {
        assertThat(run("-m", "target", "-p", "Hi ", "--display-prompt", "-n", "4")
                        .out())
                .isEqualTo("Hi What");
    }

    @Test
    void passesOnWhatTheLibraryRefuses() {
        var run = CommandRun.with(failing(new InvalidModelException("The file x is damaged: take another")))
                .run(args("-m", "target", "-p", "Hi"));
        assertThat(run).isEqualTo(new CommandRun(1, "", "proxytune: The file x is damaged: take another\n"));
    }

    @Test
    void showsWhereAnErrorComesFromIfAsked() {
        var run = CommandRun.with(failing(new InvalidModelException("damaged")))
                .run(args("-m", "target", "-p", "Hi", "--verbose"));
        assertThat(run.errorLines()).hasSizeGreaterThan(3).element(2).asString().contains("at dev.proxytune.cli");
    }

    @Test
    void asksForAReportOfWhatShouldNotHappen() {
        var run =
                CommandRun.with(failing(new IllegalStateException("one\ntwo"))).run(args("-m", "target", "-p", "Hi"));
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.errorLines())
                .singleElement()
                .asString()
                .contains("java.lang.IllegalStateException: one two", "report", "--verbose");
    }

    @Test
    void saysThatJavaIsOutOfMemory() {
        var run = CommandRun.with(failing(new OutOfMemoryError("Java heap space")))
                .run(args("-m", "target", "-p", "Hi"));
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.errorLines()).singleElement().asString().contains("out of memory", "-Xmx");
    }

    private static ModelLoader failing(Throwable thrown) {
        return new ModelLoader() {
            @Override
            public LanguageModel load(Path file, Optional<ModelPlan.Adapter> adapter, ModelOptions options) {
                if (thrown instanceof Error error) {
                    throw error;
                }
                throw (RuntimeException) thrown;
            }

            @Override
            public LanguageModel loadVocabulary(Path file) {
                throw new UnsupportedOperationException();
            }

            @Override
            public MemoryNeed memory(Path file, ModelOptions options, DecoderOptions size) {
                throw new UnsupportedOperationException();
            }
        };
    }

    @Test
    void closesWhatItLoadedIfALaterModelFails() {
        var broken = new FakeLoader().put("target", loader.model("target"));
        var run = CommandRun.with(broken).run(args("-m", "target", "--expert", "expert", "-p", "Hi"));
        assertThat(run.code()).isEqualTo(1);
        assertThat(loader.model("target").closed).isTrue();
    }
}
