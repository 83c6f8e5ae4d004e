package dev.proxytune.spark;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;

/** A master and two workers of Spark on this machine, which end with it. */
final class StandaloneCluster implements AutoCloseable {
    private static final String HOST = "127.0.0.1";

    private final Path folder;
    private final Path home;
    private final List<Process> processes = new ArrayList<>();
    private final List<Path> jars = new ArrayList<>();
    private final List<Path> links = new ArrayList<>();
    private final String master;

    StandaloneCluster(Path folder) throws IOException, InterruptedException {
        this.folder = folder;
        this.home = Files.createDirectories(folder.resolve("home"));
        shareOutJars();
        int port;
        try (var free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        master = "spark://" + HOST + ":" + port;
        start("master", "org.apache.spark.deploy.master.Master", "-h", HOST, "-p", "" + port, "--webui-port", "0");
        awaitPort(port);
        for (int i = 1; i <= 2; i++) {
            String work = Files.createDirectory(folder.resolve("work" + i)).toString();
            start(
                    "worker" + i,
                    "org.apache.spark.deploy.worker.Worker",
                    "-h",
                    HOST,
                    "--webui-port",
                    "0",
                    "-c",
                    "1",
                    "-m",
                    "600m",
                    "-d",
                    work,
                    master);
        }
    }

    /** Spark gets a home with its own jars only, as an installed one has; ours travel with the job. */
    private void shareOutJars() throws IOException {
        Path sparks = Files.createDirectories(home.resolve("jars"));
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            Path path = Path.of(entry).toAbsolutePath();
            boolean ours = path.toString().contains("proxytune")
                    || path.toString().contains("picocli")
                    || path.toString().contains("tools" + File.separator + "jackson")
                    || Files.isDirectory(path);
            if (!Files.exists(path)) {
                continue;
            }
            if (Files.isDirectory(path)) {
                jars.add(packed(path));
            } else if (ours) {
                jars.add(path);
            } else if (!Files.exists(sparks.resolve(path.getFileName()))) {
                links.add(Files.createSymbolicLink(sparks.resolve(path.getFileName()), path));
            }
        }
    }

    private Path packed(Path classes) throws IOException {
        Path jar = folder.resolve("classes" + jars.size() + ".jar");
        ToolProvider.findFirst("jar")
                .orElseThrow()
                .run(System.out, System.err, "cf", jar.toString(), "-C", classes.toString(), ".");
        return jar;
    }

    private Process start(String name, String main, String... args) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                home.resolve("jars") + File.separator + "*",
                main));
        command.addAll(List.of(args));
        var builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve(name + ".log").toFile());
        builder.environment().put("SPARK_HOME", home.toString());
        builder.environment().put("SPARK_SCALA_VERSION", "2.13");
        builder.environment().put("SPARK_LOCAL_IP", HOST);
        Process process = builder.start();
        processes.add(process);
        return process;
    }

    private static void awaitPort(int port) throws InterruptedException {
        for (int i = 0; i < 1200; i++) {
            try (var socket = new Socket()) {
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
                return;
            } catch (IOException _) {
                Thread.sleep(100);
            }
        }
        throw new IllegalStateException("the master has not come up");
    }

    /** Submit {@code proxytune} with these arguments. */
    Process submit(List<String> args) throws IOException {
        List<String> all = new ArrayList<>(List.of(
                "--master",
                master,
                "--class",
                "dev.proxytune.cli.Main",
                "--conf",
                "spark.executor.memory=512m",
                "--conf",
                "spark.executor.extraJavaOptions=-XX:+UseSerialGC -XX:TieredStopAtLevel=1",
                "--conf",
                "spark.driver.host=" + HOST,
                "--conf",
                "spark.ui.enabled=false",
                "--jars",
                String.join(",", jars.stream().map(Path::toString).toList()),
                jars.getFirst().toString()));
        all.addAll(args);
        return start("submit", "org.apache.spark.deploy.SparkSubmit", all.toArray(String[]::new));
    }

    /** Kill a process that runs tasks; return whether there was one. */
    boolean killExecutor() {
        return processes.stream()
                .flatMap(Process::descendants)
                .filter(process -> process.info().commandLine().orElse("").contains("CoarseGrainedExecutorBackend"))
                .findFirst()
                .map(ProcessHandle::destroyForcibly)
                .orElse(false);
    }

    /** Return how many processes were started to run tasks. */
    long executors() throws IOException {
        try (Stream<Path> work = Files.find(
                folder, 3, (path, _) -> path.resolveSibling("").toString().contains("app-"))) {
            return work.count();
        }
    }

    String log(String name) throws IOException {
        return Files.readString(folder.resolve(name + ".log"));
    }

    @Override
    public void close() {
        for (Process process : processes.reversed()) {
            List<ProcessHandle> started = process.descendants().toList();
            process.destroy();
            try {
                if (!process.waitFor(10, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                }
            } catch (InterruptedException e) {
                process.destroyForcibly();
                Thread.currentThread().interrupt();
            }
            started.forEach(ProcessHandle::destroyForcibly);
        }
        // Links out of a temporary folder are warned of when it is deleted.
        for (Path link : links) {
            try {
                Files.deleteIfExists(link);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
