package dev.proxytune.cli;

import dev.proxytune.ConstraintException;
import dev.proxytune.llama.JsonSchemaGrammar;
import dev.proxytune.llama.LlamaModel;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Declare the options for what the answer may consist of. */
@Command
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class GrammarMixin {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(
            names = "--grammar",
            paramLabel = "TEXT",
            description = "A grammar in GBNF, the notation of llama.cpp, that the answer is held to.")
    private @Nullable String grammar;

    @Option(names = "--grammar-file", paramLabel = "FILE", description = "A file with such a grammar.")
    private @Nullable Path grammarFile;

    @Option(
            names = {"-j", "--json-schema"},
            paramLabel = "TEXT",
            description = "A JSON schema that the answer is held to; {} for any JSON.")
    private @Nullable String schema;

    @Option(
            names = {"-jf", "--json-schema-file"},
            paramLabel = "FILE",
            description = "A file with such a schema.")
    private @Nullable Path schemaFile;

    /**
     * Return the grammar in GBNF, checked as far as that goes without a model.
     *
     * @throws InputException if a file cannot be read
     */
    Optional<String> grammar(Console console) {
        List<Object> given = Stream.of(grammar, grammarFile, schema, schemaFile)
                .filter(Objects::nonNull)
                .map(Object.class::cast)
                .toList();
        Usage.require(
                given.size() <= 1,
                command,
                "Of --grammar, --grammar-file, --json-schema and --json-schema-file only one can be given");
        if (given.isEmpty()) {
            return Optional.empty();
        }
        try {
            String text = given.getFirst() instanceof Path file
                    ? Inputs.text(file, schemaFile == null ? "grammar" : "JSON schema", console)
                    : String.valueOf(given.getFirst());
            String rules = schema == null && schemaFile == null ? text : JsonSchemaGrammar.of(Json.value(text));
            LlamaModel.checkGrammar(rules);
            return Optional.of(rules);
        } catch (ConstraintException | MalformedTextException e) {
            throw Usage.wrong(command, String.valueOf(e.getMessage()));
        }
    }
}
