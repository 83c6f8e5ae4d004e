package dev.proxytune.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Everything here is compared with what Jinja2 renders in the environment of Python's transformers. */
class PythonTests {
    /** Unpacked by the build. */
    private static final Path BUNDLE = Path.of("target", "llama.cpp", "models", "templates");

    private static final double GOAL = 0.98;

    @Test
    void rendersSmallTemplatesAsPythonDoes() {
        JsonNode root = Cases.MAPPER.readTree(Cases.resource("cases.json"));
        Variables variables = Cases.variables(root.get("variables"));
        List<String> misses = new ArrayList<>();
        for (JsonNode test : root.get("cases")) {
            String template = test.get("template").asString();
            String difference = Cases.difference(template, variables, test);
            if (!difference.isEmpty()) {
                misses.add(template + " " + difference);
            }
        }
        assertThat(root.get("cases").size()).isGreaterThan(500);
        assertThat(misses).isEmpty();
    }

    @Test
    void rendersTemplatesOfModelsAsPythonDoes() {
        JsonNode expected = Cases.MAPPER.readTree(Cases.resource("expected.json"));
        List<String> misses = new ArrayList<>();
        for (var template : expected.properties()) {
            String source = Cases.resource("templates/" + template.getKey() + ".jinja");
            misses.addAll(misses(template.getKey(), source, template.getValue()));
        }
        assertThat(expected.size()).isEqualTo(15);
        assertThat(misses).isEmpty();
    }

    @Test
    void rendersAllTemplatesOfLlamaCppAsPythonDoes(@TempDir Path folder, TestReporter reporter)
            throws IOException, InterruptedException {
        assumeTrue(Files.isDirectory(BUNDLE), "the build could not fetch llama.cpp's templates");
        assumeTrue(python(folder, "-c", "import jinja2.sandbox"), "there is no python3 with jinja2");
        Path out = folder.resolve("expected.json");
        List<String> arguments = new ArrayList<>();
        arguments.add(Path.of("src/test/python/render_templates.py").toString());
        arguments.add(out.toString());
        arguments.add("src/test/resources/dev/proxytune/jinja/conversations");
        try (Stream<Path> templates = Files.list(BUNDLE)) {
            templates
                    .map(Path::toString)
                    .filter(path -> path.endsWith(".jinja"))
                    .forEach(arguments::add);
        }
        assertThat(python(folder, arguments.toArray(String[]::new))).isTrue();
        JsonNode expected = Cases.MAPPER.readTree(Files.readString(out));
        List<String> misses = new ArrayList<>();
        int count = 0;
        for (var template : expected.properties()) {
            count += template.getValue().size();
            String source = Files.readString(BUNDLE.resolve(template.getKey() + ".jinja"));
            misses.addAll(misses(template.getKey(), source, template.getValue()));
        }
        reporter.publishEntry("templates", count - misses.size() + " of " + count + "; misses: " + misses);
        assertThat(count).isGreaterThanOrEqualTo(280);
        assertThat((double) (count - misses.size())).as(misses.toString()).isGreaterThanOrEqualTo(GOAL * count);
    }

    private static List<String> misses(String name, String source, JsonNode expected) {
        List<String> misses = new ArrayList<>();
        for (var conversation : expected.properties()) {
            JsonNode input = Cases.MAPPER.readTree(Cases.resource("conversations/" + conversation.getKey() + ".json"));
            String difference = Cases.difference(source, Cases.variables(input), conversation.getValue());
            if (!difference.isEmpty()) {
                misses.add(name + " with " + conversation.getKey() + " " + difference);
            }
        }
        return misses;
    }

    private static boolean python(Path folder, String... arguments) throws InterruptedException {
        List<String> command = new ArrayList<>(List.of("python3"));
        command.addAll(List.of(arguments));
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("python.log").toFile())
                    .start();
            return process.waitFor() == 0;
        } catch (IOException _) {
            return false;
        }
    }
}
