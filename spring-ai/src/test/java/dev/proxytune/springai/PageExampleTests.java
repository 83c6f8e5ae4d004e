package dev.proxytune.springai;

import static org.assertj.core.api.Assertions.assertThat;

import example.AskApplication;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class PageExampleTests {
    private static final Pattern PROPERTIES = Pattern.compile("```properties\n(.*?)```", Pattern.DOTALL);

    private static String page() throws IOException {
        return Files.readString(Path.of("..", "docs", "spring-ai.md"));
    }

    @Test
    void thePageShowsWhatIsCompiledHere() throws IOException {
        String example = Files.readString(Path.of("src", "test", "java", "example", "AskApplication.java"));
        assertThat(page()).contains("```java\n" + example + "```\n");
    }

    @Test
    void theExampleAnswersWithThePropertiesOfThePage() throws IOException {
        var block = PROPERTIES.matcher(page());
        assertThat(block.find()).isTrue();
        String[] properties = block.group(1)
                .lines()
                .map(line -> "--" + line.replace("=models/", "=../models/"))
                .toArray(String[]::new);
        PrintStream console = System.out;
        var printed = new ByteArrayOutputStream();
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
        try {
            AskApplication.main(properties);
        } finally {
            System.setOut(console);
        }
        assertThat(printed.toString(StandardCharsets.UTF_8)).contains("Sırp dinarı");
    }
}
