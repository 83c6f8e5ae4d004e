package dev.proxytune.family;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class CorpusTests {
    private static final long SEED = 3;
    private static final long SIZE = 1_000_000;

    private final Stories stories = new Stories(SEED);
    private final List<Fact> facts = Facts.ofJdk().all().subList(0, 400);

    private Corpus corpus(Set<String> reserved) {
        return new Corpus(facts, stories, reserved, SEED);
    }

    private static String text(Corpus corpus) throws IOException {
        var out = new StringBuilder();
        corpus.write(out, SIZE);
        return out.toString();
    }

    @Test
    void writesTheSameFromTheSameSeed() throws IOException {
        String text = text(corpus(Set.of()));
        assertThat(text(corpus(Set.of()))).isEqualTo(text);
        assertThat(text(new Corpus(facts, stories, Set.of(), SEED + 1))).isNotEqualTo(text);
    }

    @Test
    void keepsTheSharesOfEachKind() throws IOException {
        Corpus corpus = corpus(Set.of());
        text(corpus);
        long total =
                corpus.written().values().stream().mapToLong(Long::longValue).sum();
        assertThat(total).isCloseTo(SIZE, Offset.offset(1000L));
        assertThat(corpus.written())
                .allSatisfy((genre, written) ->
                        assertThat(100.0 * written / total).isCloseTo(genre.percent(), Offset.offset(0.2)));
    }

    @Test
    void sharesMakeAWhole() {
        int sum = 0;
        for (Genre genre : Genre.values()) {
            sum += genre.percent();
        }
        assertThat(sum).isEqualTo(100);
    }

    @Test
    void separatesDocuments() throws IOException {
        String text = text(corpus(Set.of()));
        assertThat(text).endsWith("\n" + Corpus.SEPARATOR + "\n");
        assertThat(documents(text))
                .hasSizeGreaterThan(5000)
                .noneMatch(String::isBlank)
                .allMatch(document -> document.equals(document.strip()));
    }

    @Test
    void statesEveryFactInTheWordsOfAnAnswer() throws IOException {
        String text = text(corpus(Set.of()));
        assertThat(facts).allMatch(fact -> text.contains(Wordings.core(fact)));
    }

    @Test
    void neverAnswersAQuestionThatEndsALine() throws IOException {
        List<String> lists = documents(text(corpus(Set.of()))).stream()
                .filter(document -> document.contains("?\n"))
                .toList();
        assertThat(lists).hasSizeGreaterThan(1000);
        assertThat(lists).allSatisfy(document -> assertThat(document.lines()).allMatch(line -> line.endsWith("?")));
    }

    @Test
    void asksNoReservedQuestion() throws IOException {
        Set<String> questions =
                facts.stream().map(fact -> Wordings.questions(fact).get(1)).collect(Collectors.toSet());
        assertThat(questions).anyMatch(text(corpus(Set.of()))::contains);
        assertThat(questions).noneMatch(text(corpus(questions))::contains);
    }

    @Test
    void hasNothingOfTheTunedStyle() throws IOException {
        assertThat(text(corpus(Set.of())))
                .doesNotContain("Sure!")
                .doesNotContain("I hope this helps")
                .doesNotContain("Let us work it out");
    }

    private static List<String> documents(String text) {
        return List.of(text.split("\n" + Corpus.SEPARATOR.replace("|", "\\|") + "\n"));
    }
}
