package dev.proxytune.cli;

import dev.proxytune.llama.JsonSchemaGrammar;
import dev.proxytune.openai.JsonGrammars;

/** Turn schemas into grammars as llama.cpp reads them. */
final class LlamaGrammars implements JsonGrammars {

    @Override
    public String anyObject() {
        return JsonSchemaGrammar.anyObject();
    }

    @Override
    public String of(Object schema) {
        return JsonSchemaGrammar.of(schema);
    }
}
