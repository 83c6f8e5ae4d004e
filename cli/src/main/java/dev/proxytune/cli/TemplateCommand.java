package dev.proxytune.cli;

import dev.proxytune.gguf.GgufFile;
import dev.proxytune.gguf.GgufHeader;
import dev.proxytune.gguf.TextArray;
import dev.proxytune.jinja.Template;
import dev.proxytune.jinja.TemplateException;
import dev.proxytune.jinja.Variables;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Render a chat template. */
@Command(
        name = "template",
        sortOptions = false,
        description = "Print what a chat template makes of a conversation, to the byte.",
        customSynopsis = "proxytune template (--file FILE | --model FILE [--name NAME]) --input FILE",
        footer = {
            "",
            "The input is a JSON object with 'messages' and, as the template wants them, 'tools',",
            "'add_generation_prompt' (false if it is absent), 'bos_token', 'eos_token' and others."
        })
@SuppressWarnings({"NullAway.Init", "unused"}) // picocli sets and reads the fields
final class TemplateCommand implements Callable<Integer> {
    private static final Path STDIN = Path.of("-");
    private static final String KEY = "tokenizer.chat_template";

    /** What templates call the tokens that a GGUF file names by these keys. */
    private static final Map<String, String> TOKENS = Map.of(
            "bos_token", "tokenizer.ggml.bos_token_id",
            "eos_token", "tokenizer.ggml.eos_token_id",
            "unk_token", "tokenizer.ggml.unknown_token_id",
            "pad_token", "tokenizer.ggml.padding_token_id");

    private static final String GENERATION_PROMPT = "add_generation_prompt";

    private final Console console;

    @Spec
    private CommandSpec command;

    @Option(
            names = {"-f", "--file"},
            paramLabel = "FILE",
            description = "The template; - for standard input.")
    private @Nullable Path file;

    @Option(
            names = {"-m", "--model"},
            paramLabel = "FILE",
            description = "A GGUF file: its template, unless --file gives one, and the texts of its special tokens.")
    private @Nullable Path model;

    @Option(
            names = "--name",
            paramLabel = "NAME",
            description = "Which of the model's templates, where it has several, such as tool_use.")
    private @Nullable String name;

    @Option(
            names = {"-i", "--input"},
            required = true,
            paramLabel = "FILE",
            description = "The conversation; - for standard input.")
    private Path input;

    @Mixin(name = "Help")
    private HelpMixin help;

    TemplateCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        Usage.require(file != null || model != null, command, "A template is missing: add --file or --model");
        Usage.require(
                name == null || (model != null && file == null),
                command,
                "--name chooses among the templates of a model: give --model, and no --file");
        Usage.require(
                !(STDIN.equals(file) && STDIN.equals(input)),
                command,
                "Standard input can be only one of the template and the input");
        GgufHeader header = model == null ? null : GgufFile.readHeader(model);
        String source = file != null ? Inputs.text(file, "template", console) : source(header);
        Map<String, Object> given = Json.conversation(
                Inputs.text(input, "input", console), STDIN.equals(input) ? "standard input" : input.toString());
        Variables variables = variables(header == null ? Map.of() : tokens(header), given);
        String text;
        try {
            text = Template.parse(source).render(variables).text();
        } catch (TemplateException e) {
            throw new InputException((file != null ? file : model) + ": " + e.getMessage(), e);
        }
        console.print(text);
        return ExitCodes.OK;
    }

    private String source(@Nullable GgufHeader header) {
        String key = name == null ? KEY : KEY + "." + name;
        if (header == null) {
            throw new AssertionError("no model");
        }
        return header.metadata().string(key).orElseThrow(() -> {
            List<String> others = header.metadata().values().keySet().stream()
                    .filter(other -> other.startsWith(KEY + "."))
                    .map(other -> other.substring(KEY.length() + 1))
                    .toList();
            return new InputException(header.source() + ": there is no chat template " + key
                    + (others.isEmpty() ? "" : "; there are those of --name " + String.join(", ", others))
                    + (others.isEmpty() ? "; give one by --file" : ""));
        });
    }

    /** Return the texts of a model's special tokens, as far as it has them. */
    private static Map<String, String> tokens(GgufHeader header) {
        TextArray texts = header.metadata().strings("tokenizer.ggml.tokens").orElse(null);
        Map<String, String> tokens = new LinkedHashMap<>();
        TOKENS.forEach((token, key) -> {
            OptionalLong id = header.metadata().integer(key);
            if (texts != null && id.isPresent() && id.getAsLong() >= 0 && id.getAsLong() < texts.size()) {
                tokens.put(token, texts.get((int) id.getAsLong()));
            }
        });
        return tokens;
    }

    /** Return what the template is given; what the input says wins over what the model says. */
    private static Variables variables(Map<String, String> tokens, Map<String, Object> given) {
        Variables variables = Variables.NONE.withTrusted(GENERATION_PROMPT, false);
        for (var token : tokens.entrySet()) {
            variables = variables.withTrusted(token.getKey(), token.getValue());
        }
        for (var value : given.entrySet()) {
            boolean trusted =
                    value.getKey().endsWith("_token") || value.getKey().equals(GENERATION_PROMPT);
            variables = trusted
                    ? variables.withTrusted(value.getKey(), value.getValue())
                    : variables.withInput(value.getKey(), value.getValue());
        }
        return variables;
    }
}
