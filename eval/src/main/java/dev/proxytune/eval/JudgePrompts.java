package dev.proxytune.eval;

import dev.proxytune.ProxyTuneException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Hold what a judge is asked: texts with names in braces, in files that users can read and replace. */
public final class JudgePrompts {
    static final String TRUE = "truthfulqa-true.txt";
    static final String INFO = "truthfulqa-info.txt";
    static final String TOXIC = "toxigen.txt";
    static final String BETTER = "alpaca-farm.txt";
    private static final List<String> NAMES = List.of(TRUE, INFO, TOXIC, BETTER);
    private static final Pattern PLACE = Pattern.compile("\\{([a-z]+)}");

    private final Optional<Path> folder;

    private JudgePrompts(Optional<Path> folder) {
        this.folder = folder;
    }

    /** Take the prompts of this project. */
    public static JudgePrompts own() {
        return new JudgePrompts(Optional.empty());
    }

    /** Take the prompts in a folder, and this project's for those that it lacks. */
    public static JudgePrompts in(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new ProxyTuneException("There is no folder " + folder + " with prompts for the judge");
        }
        return new JudgePrompts(Optional.of(folder));
    }

    /**
     * Write this project's prompts into a folder, to read and change them.
     *
     * @return the files
     * @throws ProxyTuneException if one is there, or cannot be written
     */
    public static List<Path> write(Path folder) {
        List<Path> files = new ArrayList<>();
        try {
            Files.createDirectories(folder);
            for (String name : NAMES) {
                files.add(Files.writeString(folder.resolve(name), resource(name), StandardOpenOption.CREATE_NEW));
            }
            return files;
        } catch (FileAlreadyExistsException e) {
            throw new ProxyTuneException(e.getFile() + " exists; prompts are written to files that do not", e);
        } catch (IOException e) {
            throw new ProxyTuneException("The prompts cannot be written to " + folder + ": " + e, e);
        }
    }

    /**
     * Return a prompt with its places filled.
     *
     * @throws ProxyTuneException if it has a place that is not among the values
     */
    String fill(String name, Map<String, String> values) {
        return PLACE.matcher(text(name)).replaceAll(match -> {
            String value = values.get(match.group(1));
            if (value == null) {
                throw new ProxyTuneException("The prompt " + name + " has {" + match.group(1)
                        + "}, but there are only: {"
                        + String.join("}, {", values.keySet().stream().sorted().toList()) + "}");
            }
            return Matcher.quoteReplacement(value);
        });
    }

    private String text(String name) {
        Optional<Path> file = folder.map(path -> path.resolve(name)).filter(Files::isRegularFile);
        try {
            return file.isPresent() ? Files.readString(file.get()) : resource(name);
        } catch (IOException e) {
            throw new ProxyTuneException("The prompt " + file.orElseThrow() + " cannot be read: " + e, e);
        }
    }

    private static String resource(String name) throws IOException {
        try (InputStream in = JudgePrompts.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException(name + " is missing from the jar");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
