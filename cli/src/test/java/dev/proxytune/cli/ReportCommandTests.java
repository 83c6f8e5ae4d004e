package dev.proxytune.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ReportCommandTests {
    @TempDir
    private Path folder;

    private Path file(String name, int right) throws IOException {
        List<String> rows = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            rows.add("{\"question\": \"q" + i + "\", \"answer\": \"1\", \"prediction\": \"" + (i < right ? 1 : 0)
                    + "\"}");
        }
        return Files.write(folder.resolve(name), rows);
    }

    private static CommandRun report(Object... arguments) {
        List<String> all = new ArrayList<>(List.of("report"));
        for (Object argument : arguments) {
            all.add(argument.toString());
        }
        return CommandRun.with(new FakeLoader()).run(all.toArray(String[]::new));
    }

    @Test
    void comparesThreeFilesInTheirOrder() throws IOException {
        Path page = folder.resolve("page.html");
        var run =
                report(file("1", 4), file("2", 13), file("3", 16), "--task", "gsm8k", "--out", page, "--title", "<T>");
        assertThat(run.code()).isZero();
        assertThat(run.out()).contains("75.0\u00a0%", "gap closed", "McNemar");
        assertThat(run.errorLines()).hasSize(3).allMatch(line -> line.contains("(by its place)"));
        assertThat(Files.readString(page)).contains("<h1>&lt;T&gt;</h1>", "</html>");
    }

    @Test
    void takesSeveralFilesAfterAnOption() throws IOException {
        var run = report(
                "--base",
                "gsm8k:" + file("1", 4),
                "jsonl:" + file("4", 2),
                "--proxy",
                "gsm8k:" + file("2", 13),
                "jsonl:" + file("5", 5),
                "--tuned",
                "gsm8k:" + file("3", 16),
                "jsonl:" + file("6", 6),
                "--json");
        assertThat(run.code()).isZero();
        assertThat(run.err()).isEmpty();
        JsonNode json = JsonMapper.shared().readTree(run.out());
        assertThat(json.get("gap_closed").doubleValue()).isEqualTo(.75);
        assertThat(json.get("tasks")
                        .get("jsonl")
                        .get("systems")
                        .get("proxy")
                        .get("value")
                        .doubleValue())
                .isEqualTo(.25);
        assertThat(json.get("page").isNull()).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "|FILE is missing",
                "FILE --task nonsense|there is no task nonsense",
                "FILE --task gsm8k --least 1|--least",
                "FILE --task gsm8k --most 0|--most",
                "FILE --task gsm8k --out FILE|--out",
            })
    void refusesOptionsThatCannotBe(String line, String message) throws IOException {
        Path file = file("p", 3);
        Object[] arguments = line == null
                ? new Object[0]
                : line.replace("FILE", file.toString()).split(" ", -1);
        var run = report(arguments);
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.errorLines()).singleElement().asString().contains(message);
        assertThat(file).content().startsWith("{");
    }

    @Test
    void writesNoPageIfFilesDoNotFit() throws IOException {
        Path other = Files.writeString(
                folder.resolve("o"), "{\"question\": \"z\", \"answer\": \"1\", \"prediction\": \"1\"}\n");
        Path page = folder.resolve("page.html");
        var run = report(file("p", 3), other, "--task", "gsm8k", "--out", page);
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.errorLines()).singleElement().asString().contains("p, row 1", "q0", "o");
        assertThat(page).doesNotExist();
    }
}
