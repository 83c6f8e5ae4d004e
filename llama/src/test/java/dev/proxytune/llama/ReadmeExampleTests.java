package dev.proxytune.llama;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReadmeExampleTests {
    private static final Pattern EXAMPLE = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

    @TempDir
    Path folder;

    @Test
    void compilesAndAnswers() throws IOException, InterruptedException {
        Path source = Files.writeString(folder.resolve("Example.java"), example());
        Path printed = folder.resolve("printed");
        String model = TestModels.synthetic(folder, 1).toString();

        int exitCode = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        source.toString(),
                        model,
                        model,
                        model)
                .redirectErrorStream(true)
                .redirectOutput(printed.toFile())
                .start()
                .waitFor();

        assertThat(exitCode).describedAs(Files.readString(printed)).isZero();
        assertThat(printed).isNotEmptyFile();
    }

    private static String example() throws IOException {
        var matcher = EXAMPLE.matcher(Files.readString(Path.of("..", "README.md")));
        assertThat(matcher.find()).isTrue();
        return matcher.group(1);
    }
}
