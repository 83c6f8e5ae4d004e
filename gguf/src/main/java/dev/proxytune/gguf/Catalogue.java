package dev.proxytune.gguf;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/** The names that llama.cpp v0.5.0 knows, from the lists beside this class. */
final class Catalogue {
    /** What models of an architecture do. */
    enum Purpose {
        TEXT,
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
            return reader.lines()
                    .filter(line -> !line.startsWith("#"))
                    .map(line -> line.split(" ", 2))
                    .collect(Collectors.toUnmodifiableMap(
                            parts -> parts[0], parts -> Enum.valueOf(type, parts[1].toUpperCase(Locale.ROOT))));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
