package dev.proxytune.openai;

/** Turn what JSON an answer may be into a grammar that models can be held to. */
public interface JsonGrammars {

    /** Return a grammar in GBNF of all JSON objects. */
    String anyObject();

    /**
     * Return a grammar in GBNF of what a JSON schema accepts.
     *
     * @param schema the parsed schema: maps, lists, texts, numbers, booleans and nulls
     * @throws dev.proxytune.ConstraintException if that cannot be done
     */
    String of(Object schema);
}
