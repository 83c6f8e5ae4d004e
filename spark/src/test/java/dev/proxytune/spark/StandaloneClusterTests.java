package dev.proxytune.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Submits the command line to a cluster of two workers. */
@EnabledOnOs({OS.LINUX, OS.MAC})
class StandaloneClusterTests {
    private static final int ROWS = 32;

    @TempDir
    private Path folder;

    @Test
    void aKilledExecutorLosesNothingAndAnswersAreThoseOfTheCommandLine() throws Exception {
        Path models = Path.of("../models").toAbsolutePath();
        Path in = Files.write(
                folder.resolve("in.jsonl"),
                IntStream.range(0, ROWS)
                        .mapToObj(i -> "{\"id\": " + i + ", \"prompt\": \"Once, at " + i + "\", \"temperature\": "
                                + i % 2 + "}")
                        .toList());
        List<String> options = List.of(
                "--target=" + models.resolve("target.gguf"),
                "--expert=" + models.resolve("expert.gguf"),
                "--anti-expert=" + models.resolve("anti-expert.gguf"),
                "--threads=1",
                "--ctx-size=256",
                "-n=40",
                "--logit-bias=2-inf",
                "--batch=2");
        Path out = folder.resolve("out.jsonl");
        try (var cluster = new StandaloneCluster(Files.createDirectory(folder.resolve("cluster")))) {
            List<String> args = new ArrayList<>(List.of("batch", in.toString(), out.toString(), "--partitions=16"));
            args.addAll(options);
            Process job = cluster.submit(args);
            while (job.isAlive() && parts(out) < 2) {
                Thread.sleep(20);
            }
            assertThat(cluster.killExecutor()).as(cluster.log("submit")).isTrue();
            assertThat(job.waitFor()).as(cluster.log("submit")).isZero();
            assertThat(cluster.executors()).isGreaterThan(2);
            assertThat(cluster.log("submit"))
                    .as("what was answered twice counts once")
                    .contains(ROWS + " rows, ");
        }
        assertThat(answers(out)).isEqualTo(alone(in, options));
    }

    /** Return how many parts are there, finished or begun. */
    private static long parts(Path out) throws IOException {
        if (!Files.isDirectory(out)) {
            return 0;
        }
        try (Stream<Path> files = Files.walk(out)) {
            return files.filter(file -> file.getFileName().toString().startsWith("part-"))
                    .count();
        } catch (java.io.UncheckedIOException _) {
            // Spark has moved a file meanwhile.
            return 0;
        }
    }

    private static List<String> answers(Path out) throws IOException {
        List<String> lines = new ArrayList<>();
        try (Stream<Path> files = Files.list(out)) {
            for (Path file : files.filter(each -> each.getFileName().toString().startsWith("part-"))
                    .sorted(Comparator.comparing(Path::toString))
                    .toList()) {
                lines.addAll(Files.readAllLines(file));
            }
        }
        return lines;
    }

    private List<String> alone(Path in, List<String> options) throws IOException, InterruptedException {
        Path out = folder.resolve("alone.jsonl");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.proxytune.cli.Main",
                "batch",
                in.toString(),
                out.toString()));
        command.addAll(options);
        assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
        return Files.readAllLines(out);
    }
}
