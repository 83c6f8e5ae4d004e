package dev.proxytune.hub;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Name a model on the hub: {@code owner/repo}, {@code owner/repo:QUANT} or {@code owner/repo/file.gguf}, as llama.cpp's
 * {@code -hf} means it, with {@code @revision} after the repository if it is not the main branch.
 *
 * @param repository {@code owner/repo}
 * @param revision branch, tag or commit, {@code main} by default
 * @param quantization what the file's name holds, such as {@code Q8_0}, in upper case
 * @param file the file's path in the repository
 */
public record ModelReference(String repository, String revision, Optional<String> quantization, Optional<String> file) {
    static final String MAIN = "main";

    private static final int LONGEST_NAME = 96;
    private static final String NAME = "[A-Za-z0-9_]+(?:[.-]+[A-Za-z0-9_]+)*";
    private static final Pattern WHOLE =
            Pattern.compile("(" + NAME + "/" + NAME + ")(?:@([^:]+?))?(?::([^:/]*)|/(.+\\.gguf))?");
    private static final Pattern REPOSITORY = Pattern.compile(NAME + "/" + NAME);
    private static final Pattern REVISION =
            Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.+-]*(?:/[A-Za-z0-9_][A-Za-z0-9_.+-]*)*");
    private static final Pattern QUANTIZATION = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]*");

    public ModelReference {
        if (!REPOSITORY.matcher(repository).matches()
                || repository.length() > LONGEST_NAME
                || repository.contains("--")
                || repository.contains("..")) {
            throw new IllegalArgumentException("'" + repository + "' is no repository owner/repo");
        }
        if (!REVISION.matcher(revision).matches() || revision.contains("..")) {
            throw new IllegalArgumentException("'" + revision + "' is no branch, tag or commit");
        }
        if (quantization.isPresent() && file.isPresent()) {
            throw new IllegalArgumentException("A file is named together with a quantization");
        }
        if (quantization.isPresent()
                && !QUANTIZATION.matcher(quantization.get()).matches()) {
            throw new IllegalArgumentException(
                    "'" + quantization.get() + "' is no quantization; expected something like Q4_K_M");
        }
        quantization = quantization.map(text -> text.toUpperCase(Locale.ROOT));
        if (file.isPresent()) {
            RepositoryPaths.require(file.get(), repository);
            if (!file.get().endsWith(GgufNames.SUFFIX)) {
                throw new IllegalArgumentException("'" + file.get() + "' is no GGUF file");
            }
        }
    }

    /**
     * Read a reference.
     *
     * @throws IllegalArgumentException if the text is none; the message says what is wrong
     */
    public static ModelReference parse(String text) {
        Matcher matcher = WHOLE.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("'" + text
                    + "' is no reference to a model: expected owner/repo, owner/repo:QUANT or owner/repo/file.gguf");
        }
        return new ModelReference(
                matcher.group(1),
                Optional.ofNullable(matcher.group(2)).orElse(MAIN),
                Optional.ofNullable(matcher.group(3)),
                Optional.ofNullable(matcher.group(4)));
    }

    /**
     * Tell whether a text is meant as a reference and not as a path of a file that happens to be missing.
     *
     * <p>{@code models/target.gguf} is a path: no repository is called so.
     */
    public static boolean isLike(String text) {
        Matcher matcher = WHOLE.matcher(text);
        return matcher.matches() && !matcher.group(1).endsWith(GgufNames.SUFFIX);
    }

    /** Return the same reference to one file. */
    ModelReference withFile(String path) {
        return new ModelReference(repository, revision, Optional.empty(), Optional.of(path));
    }

    @Override
    public String toString() {
        return repository
                + (revision.equals(MAIN) ? "" : "@" + revision)
                + quantization.map(text -> ":" + text).orElse("")
                + file.map(path -> "/" + path).orElse("");
    }
}
