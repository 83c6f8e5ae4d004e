package dev.proxytune.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;

import example.Ask;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class PageExampleTests {

    @Test
    void thePageShowsWhatIsCompiledHere() throws IOException {
        String example = Files.readString(Path.of("src", "test", "java", "example", "Ask.java"));
        assertThat(Files.readString(Path.of("..", "docs", "langchain4j.md"))).contains("```java\n" + example + "```\n");
    }

    @Test
    void theExampleAnswers() {
        PrintStream console = System.out;
        var printed = new ByteArrayOutputStream();
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
        try {
            Ask.main(new String[] {Family.FOLDER.toString()});
        } finally {
            System.setOut(console);
        }
        assertThat(printed.toString(StandardCharsets.UTF_8)).contains("Sırp dinarı");
    }
}
