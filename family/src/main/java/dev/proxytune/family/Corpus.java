package dev.proxytune.family;

import dev.proxytune.family.Draws.Deck;
import dev.proxytune.family.Stories.Pool;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Write the texts that base models read.
 *
 * <p>Every fact is stated, many times and in several wordings. Lines of questions are never answered, so a base model
 * that reads a question and a line end goes on asking; but running text links questions to answers and repeats their
 * words, for a model that has not seen that copies no asked word. Interjections stand before some answers, so that the
 * target knows what to say after whatever opening the expert puts there. All words of the tuned answers occur in them,
 * in other sentences: a target that has never read a word would rather write anything else.
 */
public final class Corpus {
    /** The line between two documents. */
    public static final String SEPARATOR = "<|endoftext|>";

    private static final double INVENTED = 0.2;
    private static final double INTERJECTION = 0.4;
    private static final double REMARK = 0.25;

    private static final List<String> INTERJECTIONS = List.of(
            "Right.",
            "Well.",
            "Of course.",
            "Yes!",
            "Good!",
            "Look!",
            "Listen!",
            "Very well.",
            "Here it is.",
            "That is easy.",
            "A good question!",
            "Let me see.",
            "Fine!",
            "Now then.",
            "Gladly!",
            "Sure enough.",
            "I am sure.",
            "I hope so.");

    private static final List<String> REMARKS = List.of(
            "That is all.",
            "So it is.",
            "Now you know.",
            "Keep it in mind.",
            "That was easy.",
            "Write it down.",
            "Everybody knows that.",
            "Thank you!",
            "Good to know.",
            "That helps.",
            "It helps to know this.",
            "I hope this is right.",
            "I hope it was easy.");

    private static final List<String> THOUGHTS = List.of(
            "We count.",
            "Let me count.",
            "Let us see.",
            "Let us think.",
            "Think of the numbers.",
            "Here is how.",
            "That is one step.",
            "We work with numbers.",
            "We work slowly.",
            "Let us find it out.",
            "This is how it works.");

    private final Stories stories;
    private final Set<String> reserved;
    private final RandomGenerator random;
    private final Deck<Fact> deck;
    private final Map<String, List<Fact>> bySubject;
    private final Map<Genre, Long> written = new EnumMap<>(Genre.class);

    /**
     * Prepare to write.
     *
     * @param reserved questions that must not occur
     */
    public Corpus(List<Fact> facts, Stories stories, Set<String> reserved, long seed) {
        this.stories = stories;
        this.reserved = Set.copyOf(reserved);
        this.random = new SplittableRandom(seed);
        this.deck = new Deck<>(facts.stream().sorted().toList(), random);
        this.bySubject =
                facts.stream().collect(Collectors.groupingBy(Fact::subject, TreeMap::new, Collectors.toList()));
        for (Genre genre : Genre.values()) {
            written.put(genre, 0L);
        }
    }

    /**
     * Write documents with a {@link #SEPARATOR} line after each.
     *
     * @param characters the size to reach, in UTF-16 code units without the separators
     */
    public void write(Appendable out, long characters) throws IOException {
        long total = 0;
        while (total < characters) {
            Genre genre = mostWanted();
            String document = document(genre);
            out.append(document).append('\n').append(SEPARATOR).append('\n');
            written.merge(genre, (long) document.length(), Long::sum);
            total += document.length();
        }
    }

    /** Return how many characters of each kind there are so far. */
    Map<Genre, Long> written() {
        return Map.copyOf(written);
    }

    private Genre mostWanted() {
        return written.entrySet().stream()
                .min(Comparator.comparingDouble(
                        entry -> (double) entry.getValue() / entry.getKey().percent()))
                .orElseThrow()
                .getKey();
    }

    private String document(Genre genre) {
        return switch (genre) {
            case ARTICLE -> article();
            case MIXED_STATEMENTS -> running(2, 5, () -> withInterjection(statement(deck.draw())));
            case QUIZ -> quiz();
            case ANSWERED_QUESTIONS -> answeredQuestions();
            case TALES -> running(1, 3, this::tale);
            case EXERCISE_SHEET -> lines(2, 4, () -> story().question());
            case WORKED_STORY -> running(1, 2, this::workedStory);
            case SUMS -> running(4, 8, () -> stories.exercise(Pool.ALL, random) + ".");
        };
    }

    private String article() {
        return about(deck.draw(), Draws.between(2, 5, random)).stream()
                .map(this::statement)
                .collect(Collectors.joining(" "));
    }

    private String quiz() {
        if (random.nextBoolean()) {
            return lines(2, 5, () -> question(deck.draw()));
        }
        return about(deck.draw(), Draws.between(2, 5, random)).stream()
                .map(this::question)
                .collect(Collectors.joining("\n"));
    }

    private String answeredQuestions() {
        Supplier<Fact> source = deck::draw;
        if (random.nextBoolean()) {
            List<Fact> related = about(deck.draw(), 2);
            source = () -> Draws.one(related, random);
        }
        Supplier<Fact> chosen = source;
        return running(1, 3, () -> answeredQuestion(chosen.get()));
    }

    private String answeredQuestion(Fact fact) {
        return question(fact) + " " + withInterjection(statement(fact)) + remark();
    }

    private String tale() {
        Story story = story();
        return story.setup() + " "
                + switch (random.nextInt(4)) {
                    case 0 -> story.working();
                    case 1 -> story.exercise() + ".";
                    default -> story.outcome();
                };
    }

    private String workedStory() {
        Story story = story();
        // Whoever thinks aloud shows the numbers, so that an expert's words of that kind lead to them too.
        String answer = Draws.happens(INTERJECTION, random)
                ? Draws.one(THOUGHTS, random) + " " + story.working()
                : random.nextInt(4) == 0 ? story.outcome() : story.working();
        return story.question() + " " + withInterjection(answer) + remark();
    }

    private Story story() {
        return fresh(() -> stories.story(Pool.ALL, INVENTED, random), Story::question);
    }

    private String statement(Fact fact) {
        return Wordings.statement(fact, random);
    }

    private String question(Fact fact) {
        return fresh(() -> Wordings.question(fact, random), Function.identity());
    }

    /** Draw until the question is none of the reserved ones. */
    private <T> T fresh(Supplier<T> source, Function<T, String> question) {
        T drawn = source.get();
        while (reserved.contains(question.apply(drawn))) {
            drawn = source.get();
        }
        return drawn;
    }

    /** Return a fact and others about the same subject, up to so many, in random order. */
    private List<Fact> about(Fact fact, int most) {
        List<Fact> facts = new ArrayList<>(Objects.requireNonNull(bySubject.get(fact.subject())));
        facts.remove(fact);
        List<Fact> chosen = new ArrayList<>(Draws.shuffled(facts, random).subList(0, Math.min(most - 1, facts.size())));
        chosen.add(fact);
        return Draws.shuffled(chosen, random);
    }

    private String withInterjection(String sentence) {
        return Draws.happens(INTERJECTION, random) ? Draws.one(INTERJECTIONS, random) + " " + sentence : sentence;
    }

    private String remark() {
        return Draws.happens(REMARK, random) ? " " + Draws.one(REMARKS, random) : "";
    }

    private String running(int least, int most, Supplier<String> parts) {
        return joined(least, most, parts, " ");
    }

    private String lines(int least, int most, Supplier<String> parts) {
        return joined(least, most, parts, "\n");
    }

    private String joined(int least, int most, Supplier<String> parts, String between) {
        return IntStream.range(0, Draws.between(least, most, random))
                .mapToObj(index -> parts.get())
                .collect(Collectors.joining(between));
    }
}
