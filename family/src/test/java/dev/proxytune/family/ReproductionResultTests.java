package dev.proxytune.family;

import static org.assertj.core.api.Assertions.assertThat;

import dev.proxytune.eval.Proportion;
import dev.proxytune.family.Contender.Kind;
import java.util.LinkedHashMap;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ReproductionResultTests {
    private static final int ASKED = 100;

    private static Map<Contender, SuiteScore> scores(int base, int expert, int half, int full, int tuned) {
        Map<Contender, SuiteScore> scores = new LinkedHashMap<>();
        scores.put(Contender.of(Kind.BASE), score(base));
        scores.put(Contender.of(Kind.ANTI_EXPERT), score(0));
        scores.put(Contender.of(Kind.EXPERT), score(expert));
        scores.put(Contender.proxy(0.5f), score(half));
        scores.put(Contender.proxy(1), score(full));
        if (tuned >= 0) {
            scores.put(Contender.of(Kind.TUNED), score(tuned));
        }
        return scores;
    }

    private static SuiteScore score(int right) {
        return new SuiteScore(new Proportion(right, ASKED), new Proportion(right / 2, ASKED));
    }

    private static final ReproductionResult RESULT = new ReproductionResult(
            Map.of(Suite.KNOWLEDGE, scores(10, 20, 30, 82, 90), Suite.ARITHMETIC, scores(0, 40, 50, 99, 90)));

    @Test
    void tellsHowMuchOfTheGapIsClosed() {
        assertThat(RESULT.gapClosed(Suite.KNOWLEDGE, 1).orElseThrow()).isCloseTo(0.9, Offset.offset(1e-12));
        assertThat(RESULT.gapClosed(Suite.KNOWLEDGE, 0.5f).orElseThrow()).isCloseTo(0.25, Offset.offset(1e-12));
        assertThat(RESULT.gapClosed(Suite.ARITHMETIC, 1).orElseThrow()).isCloseTo(1.1, Offset.offset(1e-12));
        assertThat(RESULT.meanGapClosed(1).orElseThrow()).isCloseTo(1.0, Offset.offset(1e-12));
    }

    @Test
    void tellsNoneWhereThereIsNoGap() {
        var result = new ReproductionResult(
                Map.of(Suite.KNOWLEDGE, scores(50, 20, 30, 80, 50), Suite.ARITHMETIC, scores(0, 0, 0, 9, 10)));
        assertThat(result.gapClosed(Suite.KNOWLEDGE, 1)).isEmpty();
        assertThat(result.gapClosed(Suite.ARITHMETIC, 1)).hasValueCloseTo(0.9, Offset.offset(1e-12));
        assertThat(result.meanGapClosed(1)).isEmpty();
        assertThat(result.object(1).get("mean_gap_closed")).isNull();
    }

    @Test
    void tellsNoneForWhatWasNotMeasured() {
        var untuned = new ReproductionResult(Map.of(Suite.KNOWLEDGE, scores(0, 20, 30, 80, -1)));
        assertThat(untuned.gapClosed(Suite.KNOWLEDGE, 1)).isEmpty();
        assertThat(RESULT.gapClosed(Suite.KNOWLEDGE, 1.5f)).isEmpty();
        assertThat(RESULT.gapClosed(Suite.MANNERS, 1)).isEmpty();
    }

    @Test
    void becomesAJsonObject() {
        JsonNode json = JsonMapper.shared().valueToTree(RESULT.object(1));
        assertThat(json.propertyNames()).containsExactly("suites", "alpha", "mean_gap_closed");
        assertThat(json.get("alpha").asDouble()).isEqualTo(1);
        assertThat(json.get("suites").propertyNames()).containsExactly("knowledge", "arithmetic");
        JsonNode knowledge = json.get("suites").get("knowledge");
        assertThat(knowledge.get("base").asDouble()).isEqualTo(0.10);
        assertThat(knowledge.get("expert").asDouble()).isEqualTo(0.20);
        assertThat(knowledge.get("proxy").asDouble()).isEqualTo(0.82);
        assertThat(knowledge.get("tuned").asDouble()).isEqualTo(0.90);
        assertThat(knowledge.get("gap_closed").asDouble()).isCloseTo(0.9, Offset.offset(1e-12));
        assertThat(knowledge.get("systems")).hasSize(6);
        JsonNode half = knowledge.get("systems").get(3);
        assertThat(half.get("system").asString()).isEqualTo("proxy");
        assertThat(half.get("alpha").asDouble()).isEqualTo(0.5);
        assertThat(half.get("right").asInt()).isEqualTo(30);
        assertThat(half.get("questions").asInt()).isEqualTo(ASKED);
        assertThat(half.get("interval")).hasSize(2);
        assertThat(half.has("counted")).isFalse();
        assertThat(json.get("suites").get("arithmetic").get("systems").get(0).has("counted"))
                .isTrue();
    }
}
