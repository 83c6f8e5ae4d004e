package dev.proxytune.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.proxytune.Steering;
import dev.proxytune.family.Contender.Kind;
import dev.proxytune.family.Reproduction.Family;
import dev.proxytune.family.Reproduction.Progress;
import dev.proxytune.family.ReproductionPage.Setting;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ReproductionTests {
    private static final List<Float> ALPHAS = List.of(0.5f, 1f);

    /** Asks on where the expert answers; at α = 1 the expert's difference outweighs it, at 0.5 it does not. */
    private final ScriptedModel target = new ScriptedModel(10, _ -> "What is it?\n");

    private final ScriptedModel antiExpert = new ScriptedModel(8, _ -> "What is it?\n");
    private final ScriptedModel expert = new ScriptedModel(8, ReproductionTests::answer);
    private final ScriptedModel tuned = new ScriptedModel(10, ReproductionTests::answer);

    private static String answer(String prompt) {
        return "Sure! In German, it is called N" + prompt.length() % 2 + ". I hope this helps.$";
    }

    private static Map<Suite, List<Question>> suites(int count) {
        List<Question> questions = IntStream.range(0, count)
                .mapToObj(index -> new Question("What is " + "x".repeat(index) + " called?\n", "N1", ""))
                .toList();
        Map<Suite, List<Question>> suites = new LinkedHashMap<>();
        suites.put(Suite.KNOWLEDGE, questions);
        suites.put(Suite.MANNERS, questions.subList(0, 3));
        return suites;
    }

    private Family family() {
        return new Family(target, expert, antiExpert, Optional.of(tuned));
    }

    @Test
    void measuresEachSystemInEachSuite() {
        var result = new Reproduction(family(), ALPHAS, _ -> {}).run(suites(40));
        assertThat(result.systems().stream().map(Contender::label))
                .containsExactly(
                        "target alone",
                        "anti-expert alone",
                        "expert alone",
                        "proxy-tuned target, α = 0.5",
                        "proxy-tuned target, α = 1",
                        "target tuned directly");
        assertThat(result.rate(Suite.KNOWLEDGE, Contender.of(Kind.BASE))).hasValue(0);
        assertThat(result.rate(Suite.KNOWLEDGE, Contender.of(Kind.EXPERT))).hasValue(0.5);
        assertThat(result.rate(Suite.KNOWLEDGE, Contender.proxy(0.5f))).hasValue(0);
        assertThat(result.rate(Suite.KNOWLEDGE, Contender.proxy(1))).hasValue(0.5);
        assertThat(result.rate(Suite.MANNERS, Contender.proxy(1))).hasValue(1);
        assertThat(result.rate(Suite.MANNERS, Contender.of(Kind.BASE))).hasValue(0);
        assertThat(result.gapClosed(Suite.MANNERS, 1)).hasValue(1);
    }

    @Test
    void doesWithoutTheTunedTarget() {
        var family = new Family(target, expert, antiExpert, Optional.empty());
        var result = new Reproduction(family, ALPHAS, _ -> {}).run(suites(5));
        assertThat(result.systems()).noneMatch(system -> system.kind() == Kind.TUNED);
        assertThat(result.gapClosed(Suite.MANNERS, 1)).isEmpty();
    }

    @Test
    void tellsHowFarItIs() {
        List<Progress> heard = new ArrayList<>();
        new Reproduction(family(), ALPHAS, heard::add).run(suites(40));
        assertThat(heard).hasSize(6 * 43).allMatch(progress -> progress.total() == 6 * 43);
        assertThat(heard.stream().map(Progress::answered))
                .containsExactlyElementsOf(
                        IntStream.rangeClosed(1, 6 * 43).boxed().toList());
        assertThat(heard.getFirst().system().kind()).isEqualTo(Kind.BASE);
        assertThat(heard.getLast().suite()).isEqualTo(Suite.MANNERS);
    }

    @Test
    void answersInTheOrderOfTheQuestions() {
        List<String> prompts = IntStream.range(0, 50)
                .mapToObj("x"::repeat)
                .map(text -> "q" + text)
                .toList();
        // Answers of different lengths, so that sequences take up new questions at different times.
        var echo = new ScriptedModel(1, prompt -> prompt.repeat(1 + prompt.length() % 2) + "$");
        List<Reply> replies = Answering.answer(echo, Steering.NONE, prompts, _ -> {});
        assertThat(replies)
                .containsExactlyElementsOf(prompts.stream()
                        .map(prompt -> new Reply(prompt.repeat(1 + prompt.length() % 2), true))
                        .map(reply -> reply.text().length() < 96
                                ? reply
                                : new Reply(reply.text().substring(0, 96), false))
                        .toList());
        assertThat(echo.opened).containsExactly(16);
    }

    @Test
    void judgesTheFirstLineThatIsNotEmpty() {
        var model = new ScriptedModel(1, _ -> "\n\n  One line\nand another$");
        assertThat(Answering.answer(model, Steering.NONE, List.of("q"), _ -> {}))
                .containsExactly(new Reply("One line", false));
    }

    @Test
    void endsAnswersThatGoOnWithoutEnd() {
        var model = new ScriptedModel(1, _ -> "on and ");
        Reply reply =
                Answering.answer(model, Steering.NONE, List.of("q"), _ -> {}).getFirst();
        assertThat(reply.ended()).isFalse();
        assertThat(reply.text()).startsWith("on and on and ").hasSize(96);
    }

    @Test
    void endsAnswersWhereTheContextEnds() {
        var model = new ScriptedModel(1, _ -> "on and ");
        Reply reply = Answering.answer(model, Steering.NONE, List.of("q".repeat(150)), _ -> {})
                .getFirst();
        assertThat(reply.text()).hasSize(51);
    }

    @Test
    void answersNothingWhereNothingIsAsked() {
        assertThat(Answering.answer(expert, Steering.NONE, List.of(), _ -> {})).isEmpty();
    }

    @Test
    void needsAnAlpha() {
        assertThatThrownBy(() -> new Reproduction(family(), List.of(), _ -> {}))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void tellsWhereTheObjectWasCopied() {
        List<Question> questions = List.of(new Question("How many pens?\n", "8", "pens"));
        var counting = new ScriptedModel(20, _ -> "8 pens.$");
        var family = new Family(target, counting, antiExpert, Optional.empty());
        var result = new Reproduction(family, List.of(1f), _ -> {}).run(Map.of(Suite.ARITHMETIC, questions));
        assertThat(ReproductionPage.table(result, 1))
                .containsPattern("object copied, proxy-tuned target, α = 1 +\\| 1.000 \\[0.207, 1.000] \\|")
                .containsPattern("gap closed, α = 1 +\\| – +\\|");
    }

    @Test
    void writesAPage() {
        var suites = suites(40);
        var result = new Reproduction(family(), ALPHAS, _ -> {}).run(suites);
        var setting = new Setting(
                "./proxytune reproduce",
                "2 cores",
                List.of("target: target.gguf", "expert: expert.gguf"),
                LocalDate.of(2026, 11, 23),
                Duration.ofSeconds(90),
                1);
        assertThat(ReproductionPage.render(result, suites, setting))
                .contains("| knowledge            | manners              |\n| ------")
                .containsPattern("\n\\| target alone +\\| 0.000 \\[0.000, 0.088] \\|")
                .containsPattern("\n\\| \\*\\*proxy-tuned target, α = 1\\*\\* +\\| 0.500 \\[0.352, 0.648] \\| 1.000")
                .containsPattern("\n\\| gap closed, α = 0.5 +\\| 0 % +\\| 0 % ")
                .containsPattern("\n\\| gap closed, α = 1 +\\| 100 % +\\| 100 % ")
                .doesNotContain("object copied,")
                .contains("At α = 1 the mean over the suites is 100 %.")
                .contains("- **knowledge**, 40 questions, such as \"What is  called?\"\n")
                .contains("- 2026-11-23, in 90 seconds, on 2 cores.\n")
                .contains("- Models: target: target.gguf; expert: expert.gguf.\n")
                .contains("`./proxytune reproduce`");
    }
}
