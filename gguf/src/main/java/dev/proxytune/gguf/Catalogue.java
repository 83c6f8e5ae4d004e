package dev.proxytune.gguf;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/** The names that llama.cpp v0.5.0 knows, from the lists beside this class. */
final class Catalogue {
    /** What models of an architecture do. */
    enum Purpose {
        TEXT,
        WHOLE,
        RECURRENT,
        OTHER
    }

    /** How a pre-tokenizer treats the beginning of a sequence. */
    enum Beginning {
        PLAIN,
        BOS,
        ALWAYS,
        NONE
    }

    static final Map<String, Purpose> ARCHITECTURES = load("architectures.txt", Purpose.class);
    static final Map<String, Beginning> PRE_TOKENIZERS = load("pre-tokenizers.txt", Beginning.class);

    private Catalogue() {}

    private static <E extends Enum<E>> Map<String, E> load(String resource, Class<E> type) {
        var stream = Objects.requireNonNull(Catalogue.class.getResourceAsStream(resource), resource);
        try (var reader = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
            var names = new HashMap<String, E>();
            for (String line : reader.readAllLines()) {
                int space = line.indexOf(' ');
                if (!line.startsWith("#")) {
                    String value = line.substring(space + 1).toUpperCase(Locale.ROOT);
                    names.put(line.substring(0, space), Enum.valueOf(type, value));
                }
            }
            return Map.copyOf(names);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
