package dev.proxytune.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Measures the models that come with the project, as shortly as it goes. */
class BenchCommandTests {
    private static final Path FAMILY = Path.of("..", "models").toAbsolutePath().normalize();

    @TempDir
    private Path folder;

    private static CommandRun bench(String... more) {
        List<String> args = new ArrayList<>(List.of("bench", "--models=" + FAMILY, "--quick"));
        args.add("--questions=" + FAMILY.resolve("suites").resolve("manners.jsonl"));
        args.addAll(List.of(more));
        return CommandRun.with(new LlamaLoader()).run(args.toArray(String[]::new));
    }

    private static List<Map<?, ?>> rows(Map<String, Object> object, String table) {
        var map = (Map<?, ?>) Objects.requireNonNull(object.get(table), table);
        List<Map<?, ?>> rows = new ArrayList<>();
        for (Object row : (List<?>) Objects.requireNonNull(map.get("rows"))) {
            rows.add((Map<?, ?>) row);
        }
        return rows;
    }

    private static List<String> names(Map<String, Object> object, String table) {
        return rows(object, table).stream()
                .map(row -> String.valueOf(row.get("name")))
                .toList();
    }

    @Test
    void measuresAllInOneDocument() {
        CommandRun run = bench("--json", "--rounds=1", "-n=12", "--guesses=2,3");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out().lines()).hasSize(1);
        assertThat(run.errorLines()).contains("bench: loop", "bench: 12 → 8, temperature 0.8");
        Map<String, Object> object = Json.object(run.out());
        assertThat(object)
                .containsEntry("models", List.of("target.gguf", "expert.gguf", "anti-expert.gguf"))
                .containsEntry("rounds", 1)
                .containsEntry("tokens", 12)
                .containsEntry("simulated_acceptance", null);
        assertThat((Map<?, ?>) object.get("machine"))
                .extracting("llama_version", "java", "busy", "date")
                .doesNotContainNull();
        assertThat(rows(object, "memory")).hasSize(1);
        assertThat(rows(object, "loop")).hasSize(3);
        assertThat(names(object, "times")).containsExactly("8 → 8", "8 → 12", "12 → 8", "questions");
        assertThat(rows(object, "answers")).hasSize(2 * 4 * 5).allSatisfy(row -> {
            assertThat(((Number) Objects.requireNonNull(row.get("ms_per_answer"))).doubleValue())
                    .isPositive();
            assertThat(row.get("changed_answers"))
                    .isEqualTo(String.valueOf(row.get("name")).endsWith("target alone") ? null : 0.0);
        });
        assertThat(rows(object, "answers_t0.8")).hasSize(7);
        assertThat(rows(object, "steps_t0.0")).hasSize(3);
        assertThat(names(object, "batches")).containsExactly("1", "4", "16");
        assertThat(rows(object, "prefill")).hasSize(2);
        assertThat(rows(object, "guessing_bound")).hasSize(2);
        assertThat(rows(object, "bounds")).hasSize(5);
    }

    @Test
    void simulatesAndWritesTablesIntoAPage() throws IOException {
        Path page = folder.resolve("page.md");
        Files.writeString(page, "before\n<!-- bench: family -->\nold\n<!-- end of bench: family -->\nafter\n");
        CommandRun refused = bench("--markdown=" + page);
        assertThat(refused.code()).isEqualTo(ExitCodes.USAGE);
        assertThat(refused.errorLines())
                .singleElement()
                .asString()
                .contains("--markdown", "no line '<!-- bench: own -->'");
        Files.writeString(page, "before\n<!-- bench: own -->\nold\n<!-- end of bench: own -->\nafter\n");
        CommandRun run = bench("--markdown=" + page, "--rounds=1", "-n=8", "--guesses=1", "--acceptance=0.9");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).contains("three bare decodes", "Simulated", "auto ÷ best");
        assertThat(Files.readString(page))
                .startsWith("before\n<!-- bench: own -->\n\nMeasured on ")
                .contains("| temperature 0.0: off ÷ it | 8 → 8 |", "Simulated", "a chance of 0.9")
                .doesNotContain("old")
                .endsWith("\n<!-- end of bench: own -->\nafter\n");
    }

    @ParameterizedTest
    @CsvSource({
        "--rounds=0",
        "--tokens=-1",
        "--guesses=17",
        "--temp=-1",
        "--acceptance=2",
        "--alpha=NaN",
        "--shape=7b",
        "--shape=1.1b",
        "--target=x",
        "--ctx-size=9",
        "--threads=-1",
        "--gpu-layers=-2",
        "--markdown=nowhere/page.md"
    })
    void refusesWhatCannotBeBeforeItMeasures(String option) {
        CommandRun run = bench(option);
        assertThat(run.code()).isEqualTo(ExitCodes.USAGE);
        assertThat(run.out()).isEmpty();
        assertThat(run.errorLines()).singleElement().asString().contains(option.substring(0, option.indexOf('=')));
    }

    @Test
    void namesEveryMissingFile() {
        CommandRun run = CommandRun.with(new LlamaLoader())
                .run("bench", "--target=a.gguf", "--expert=b.gguf", "--anti-expert=c.gguf");
        assertThat(run.code()).isNotZero();
        assertThat(run.errorLines()).last().asString().contains("a.gguf", "b.gguf", "c.gguf");
    }
}
