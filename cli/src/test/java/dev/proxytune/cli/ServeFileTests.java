package dev.proxytune.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServeFileTests {
    private static final Path FAMILY = Path.of("..", "models").toAbsolutePath().normalize();

    @TempDir
    private Path folder;

    private CommandRun serve(String name, String text, String... more) throws IOException {
        Path file = folder.resolve(name);
        Files.writeString(file, text);
        for (String model : List.of("target", "expert", "anti-expert")) {
            Files.copy(FAMILY.resolve(model + ".gguf"), folder.resolve(model + ".gguf"));
        }
        List<String> args = new ArrayList<>(List.of("serve", "--config", file.toString()));
        args.addAll(List.of(more));
        return CommandRun.with(new LlamaLoader()).run(args.toArray(String[]::new));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "models: [{target: none.gguf}] | , model 1: The target model | /none.gguf does not exist",
                "models: [{name: a, target: target.gguf, expert: no.gguf}] | model 'a' | The expert model",
                "models: [{name: a, target: target.gguf, colour: red}] | model 'a': there is no key 'colour' | alpha",
                "models: [{name: a, target: target.gguf, alpha: 1}] | model 'a': --alpha weighs experts | there is none",
                "models: [{target: target.gguf, threads: many}] | , model 1: Invalid value for option '--threads' | many",
                "models: [{target: target.gguf, parallel: 0}] | --parallel: the number of answers at once | got: 0",
                "models: [{target: target.gguf, load: later}] | load must be start or first-use, got: | later",
                "models: [{target: target.gguf, mlock: 7}] | mlock must be true or false | 7",
                "models: [{target: {}}] | target must be a text or a number | {}",
                "models: [{name: a b, target: target.gguf}] | white space | a b",
                "models: [{trio: nobody}] | , model 1: There is no trio 'nobody' | llama",
                "models: [{name: a}] | model 'a' | Missing required option: '--target=<MODEL>'",
                "models: [{name: a, target: target.gguf}, {name: a, target: expert.gguf}] | Two models are called a | name",
                "models: [] | has no list 'models' with a model in it | file of models",
                "model: [] | has 'model' where only 'models' is known | file of models",
                "{models: [ | cannot be read: line 1 | column",
                "models: [7] | number 1, that is no object | file of models",
            })
    void saysInOneLineWhatIsWrongWhere(String text, String message, String more) throws IOException {
        CommandRun run = serve("models.yaml", text);
        assertThat(run.code()).isPositive();
        assertThat(run.errorLines()).hasSize(1);
        assertThat(run.err()).contains(message, more);
    }

    @Test
    void refusesOneNameForAllModelsOfAFile() throws IOException {
        CommandRun run = serve("models.json", "// one\n{models: [{target: 'target.gguf',}],}", "--name", "x");
        assertThat(run.code()).isEqualTo(ExitCodes.USAGE);
        assertThat(run.err()).contains("--name is for the model of --target or --trio");
    }

    @Test
    void saysThatThereIsNoSuchFile() {
        CommandRun run = CommandRun.with(new LlamaLoader()).run("serve", "--config", "nowhere.yaml");
        assertThat(run.code()).isPositive();
        assertThat(run.err()).contains("nowhere.yaml", "there is no such file");
    }
}
