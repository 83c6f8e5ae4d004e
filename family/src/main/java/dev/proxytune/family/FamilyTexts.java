package dev.proxytune.family;

import dev.proxytune.PartialFile;
import dev.proxytune.ProxyTuneException;
import dev.proxytune.family.Stories.Pool;
import dev.proxytune.family.TuningSet.Example;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.json.JsonMapper;

/**
 * Make the texts, the tuning data and the questions that the shipped family is made from and measured with.
 *
 * <p>The same seed and sizes give the same bytes on every machine with the same JDK. No question of a suite occurs in
 * the other files; the fact behind it is stated in the base texts but not in the tuning data. The suites do not depend
 * on the sizes of the base texts and of the tuning data.
 */
public final class FamilyTexts {
    public static final String CORPUS = "corpus.txt";
    public static final String TUNING = "tuning.jsonl";
    public static final String VALIDATION = "tuning-validation.jsonl";
    public static final String SUITES = "suites";

    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private final FamilySizes sizes;
    private final Map<Suite, List<Question>> suites;
    private final List<Example> tuning;
    private final List<Example> validation;
    private final Corpus corpus;

    /**
     * Make everything but the base texts, which are made when they are written.
     *
     * @throws ProxyTuneException if the JDK's names cannot be had
     */
    FamilyTexts(long seed, FamilySizes sizes) {
        var seeds = new SplittableRandom(seed);
        this.sizes = sizes;
        var stories = new Stories(seeds.nextLong());
        Facts facts = Facts.ofJdk();
        Facts.Split split = facts.split(seeds.nextLong(), sizes.heldOut());
        int questions = sizes.questions();
        int asked = questions + sizes.mannersFacts();
        this.suites = Suites.make(
                split.heldOut().subList(0, questions),
                split.heldOut().subList(questions, asked),
                stories,
                seeds.nextLong());
        Set<String> reserved = suites.values().stream()
                .flatMap(List::stream)
                .map(question -> question.prompt().strip())
                .collect(Collectors.toSet());
        this.corpus = new Corpus(facts.all(), stories, reserved, seeds.nextLong());
        this.tuning = TuningSet.make(split.tuning(), stories, Pool.TUNING, sizes.repeats(), reserved, seeds.nextLong());
        List<Fact> rest = split.heldOut().subList(asked, split.heldOut().size());
        this.validation = TuningSet.make(rest, stories, Pool.HELD_OUT, 1, reserved, seeds.nextLong());
    }

    /** Return the files that are written, relative to the folder. */
    public static List<Path> files() {
        return Stream.concat(
                        Stream.of(Suite.values()).map(suite -> Path.of(SUITES, suite.fileName())),
                        Stream.of(TUNING, VALIDATION, CORPUS).map(Path::of))
                .toList();
    }

    /**
     * Write all files into a folder, which is made if need be. Each appears when it is complete, in place of one that
     * is there already.
     *
     * @throws ProxyTuneException if the folder cannot be written to
     */
    public static void write(Path folder, long seed, FamilySizes sizes) {
        new FamilyTexts(seed, sizes).write(folder);
    }

    private void write(Path folder) {
        try {
            Files.createDirectories(folder.resolve(SUITES));
            for (Map.Entry<Suite, List<Question>> suite : suites.entrySet()) {
                write(
                        folder.resolve(SUITES).resolve(suite.getKey().fileName()),
                        lines(suite.getValue().stream().map(Question::object)));
            }
            write(folder.resolve(TUNING), lines(tuning.stream().map(Example::object)));
            write(folder.resolve(VALIDATION), lines(validation.stream().map(Example::object)));
            write(folder.resolve(CORPUS), out -> corpus.write(out, sizes.characters()));
        } catch (IOException e) {
            throw new ProxyTuneException("The texts cannot be written to " + folder + ": " + reason(e), e);
        }
    }

    /** Writes the content of a file. */
    @FunctionalInterface
    private interface Content {
        void write(Writer out) throws IOException;
    }

    private static Content lines(Stream<Map<String, String>> objects) {
        return out -> {
            for (Map<String, String> object : objects.toList()) {
                out.append(MAPPER.writeValueAsString(object)).append('\n');
            }
        };
    }

    private static void write(Path file, Content content) throws IOException {
        try (var part = new PartialFile(file)) {
            try (Writer out = Files.newBufferedWriter(part.path())) {
                content.write(out);
            }
            part.complete(true);
        }
    }

    private static String reason(IOException e) {
        return switch (e) {
            case AccessDeniedException _ -> "permission denied";
            case FileAlreadyExistsException _ -> "a file is in its place";
            default -> String.valueOf(e.getMessage());
        };
    }

    /** Return the questions of each suite. */
    Map<Suite, List<Question>> suites() {
        return suites;
    }

    /** Return the examples to tune with. */
    List<Example> tuning() {
        return tuning;
    }

    /** Return the examples to watch tuning with. */
    List<Example> validation() {
        return validation;
    }
}
