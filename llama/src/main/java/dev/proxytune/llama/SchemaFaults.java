package dev.proxytune.llama;

import dev.proxytune.ConstraintException;

/** Say what is wrong with a JSON schema. */
final class SchemaFaults {
    private SchemaFaults() {}

    static ConstraintException at(String place, String what) {
        return new ConstraintException("The JSON schema at " + place + ": " + what);
    }
}
