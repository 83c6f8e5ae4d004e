package dev.proxytune.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proxytune.ProxyTuneException;
import dev.proxytune.family.TuningSet.Example;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FamilyTextsTests {
    private static final long SEED = 11;
    private static final FamilySizes SIZES =
            FamilySizes.DEFAULT.withCorpusTokens(400_000).withRepeats(1);

    @TempDir
    private static Path folder;

    private static final FamilyTexts TEXTS = new FamilyTexts(SEED, SIZES);

    private static Set<String> prompts(List<Example> examples) {
        return examples.stream().map(Example::prompt).collect(Collectors.toSet());
    }

    private static List<Question> suite(Suite suite) {
        return TEXTS.suites().getOrDefault(suite, List.of());
    }

    private static List<String> questions(Suite suite) {
        return suite(suite).stream().map(Question::prompt).toList();
    }

    private static List<String> questions() {
        return Stream.of(Suite.values())
                .flatMap(suite -> questions(suite).stream())
                .toList();
    }

    @Test
    void writesTheSameBytesFromTheSameSeed() throws IOException {
        List<Path> files;
        FamilyTexts.write(folder.resolve("a"), SEED, SIZES);
        FamilyTexts.write(folder.resolve("b"), SEED, SIZES);
        FamilyTexts.write(folder.resolve("c"), SEED + 1, SIZES);
        try (Stream<Path> walk = Files.walk(folder.resolve("a"))) {
            files = walk.filter(Files::isRegularFile)
                    .map(folder.resolve("a")::relativize)
                    .toList();
        }
        assertThat(files)
                .containsExactlyInAnyOrderElementsOf(FamilyTexts.files())
                .contains(Path.of("corpus.txt"), Path.of("suites", "knowledge.jsonl"))
                .hasSize(6);
        for (Path file : files) {
            assertThat(folder.resolve("b").resolve(file))
                    .hasSameBinaryContentAs(folder.resolve("a").resolve(file));
            assertThat(Files.mismatch(
                            folder.resolve("c").resolve(file),
                            folder.resolve("a").resolve(file)))
                    .isNotNegative();
        }
    }

    @Test
    void readsTheSuitesItWrote() {
        FamilyTexts.write(folder.resolve("read"), SEED, SIZES.withCorpusTokens(0));
        assertThat(SuiteFiles.read(folder.resolve("read/suites"))).isEqualTo(TEXTS.suites());
    }

    @Test
    void asksTheSameWhateverIsReadBefore() {
        assertThat(new FamilyTexts(SEED, FamilySizes.DEFAULT.withRepeats(2)).suites())
                .isEqualTo(TEXTS.suites());
    }

    @Test
    void asksEachQuestionOnce() {
        assertThat(questions()).doesNotHaveDuplicates();
        assertThat(TEXTS.suites())
                .allSatisfy((_, questions) -> assertThat(questions).hasSize(600));
    }

    @Test
    void tunesOnNoQuestionOfASuite() {
        assertThat(questions())
                .doesNotContainAnyElementsOf(prompts(TEXTS.tuning()))
                .doesNotContainAnyElementsOf(prompts(TEXTS.validation()));
    }

    @Test
    void showsNoFactOfASuiteInTuning() {
        Set<String> tuned = TEXTS.tuning().stream().map(Example::completion).collect(Collectors.toSet());
        List<Fact> facts = Facts.ofJdk().all();
        Map<String, Fact> byQuestion = facts.stream()
                .flatMap(fact -> Wordings.questions(fact).stream().map(question -> Map.entry(question + "\n", fact)))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
        List<Fact> asked = Stream.concat(questions(Suite.KNOWLEDGE).stream(), questions(Suite.MANNERS).stream())
                .filter(byQuestion::containsKey)
                .map(byQuestion::get)
                .toList();
        assertThat(asked).hasSize(900).doesNotHaveDuplicates();
        assertThat(asked.stream().map(Style::answer)).noneMatch(tuned::contains);
        assertThat(TEXTS.tuning().stream().map(Example::prompt).filter(byQuestion::containsKey))
                .noneMatch(prompt -> asked.contains(byQuestion.get(prompt)));
        assertThat(facts.stream().map(Style::answer).filter(tuned::contains)).hasSize(facts.size() - 1000);
    }

    @Test
    void showsNoNumbersOfATestStoryInTuning() {
        Set<String> shown = sums(TEXTS.tuning().stream().map(Example::completion));
        Set<String> asked = sums(suite(Suite.MANNERS).stream().map(Question::answer));
        assertThat(shown).hasSizeGreaterThan(1000).doesNotContainAnyElementsOf(asked);
        assertThat(asked).hasSizeGreaterThan(100);
    }

    private static Set<String> sums(Stream<String> answers) {
        return answers.filter(answer -> answer.contains(" = "))
                .map(answer -> answer.replaceAll(".*?([0-9]+ [-+x] [0-9]+ = [0-9]+)\\..*", "$1"))
                .collect(Collectors.toSet());
    }

    @Test
    void tunesOnAsManyStoriesAsNames() {
        assertThat(TEXTS.tuning()).hasSize(2 * (Facts.ofJdk().all().size() - 1000));
        assertThat(TEXTS.tuning().stream()
                        .filter(example -> example.completion().contains(" = ")))
                .hasSize(TEXTS.tuning().size() / 2);
        assertThat(TEXTS.tuning()).allSatisfy(example -> {
            assertThat(example.prompt()).endsWith("?\n");
            assertThat(example.completion()).startsWith("Sure! ").endsWith(". I hope this helps.");
        });
    }

    @Test
    void statesTheFactsOfTheSuitesButDoesNotAskInTheirWords() throws IOException {
        FamilyTexts.write(folder.resolve("stated"), SEED, SIZES.withCorpusTokens(2_000_000));
        String corpus = Files.readString(folder.resolve("stated/corpus.txt"));
        assertThat(questions()).noneMatch(prompt -> corpus.contains(prompt.strip()));
        assertThat(suite(Suite.KNOWLEDGE)).allMatch(question -> corpus.contains(question.answer()), "stated");
    }

    @Test
    void saysWhatLineOfASuiteIsNoQuestion() throws IOException {
        Path suites = folder.resolve("faulty/suites");
        FamilyTexts.write(folder.resolve("faulty"), SEED, SIZES.withCorpusTokens(0));
        Path file = suites.resolve("arithmetic.jsonl");
        assertRefused(
                file,
                "{\"prompt\":\"a\",\"answer\":\"1\",\"counted\":\"x\"}\n{\"prompt\":1,\"counted\":\"x\"}\n",
                "line 2",
                "prompt");
        assertRefused(file, "what\n", "line 1", "not JSON");
        assertRefused(file, "", "no questions");
        Files.write(file, new byte[] {(byte) 0xff, '\n'});
        assertThatThrownBy(() -> SuiteFiles.read(suites)).hasMessageContaining("UTF-8");
        Files.delete(file);
        assertThatThrownBy(() -> SuiteFiles.read(suites)).hasMessageContaining("does not exist");
    }

    private static void assertRefused(Path file, String text, String... parts) throws IOException {
        Files.writeString(file, text);
        assertThatThrownBy(() -> SuiteFiles.read(folder.resolve("faulty/suites")))
                .isInstanceOf(ProxyTuneException.class)
                .hasMessageContainingAll(parts);
    }

    @Test
    void saysWhereItCannotWrite() throws IOException {
        Path file = Files.createFile(folder.resolve("file"));
        assertThatThrownBy(() -> FamilyTexts.write(file, SEED, SIZES.withCorpusTokens(0)))
                .isInstanceOf(ProxyTuneException.class)
                .hasMessageContaining(file.toString());
    }
}
