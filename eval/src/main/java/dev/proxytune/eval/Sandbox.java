package dev.proxytune.eval;

import dev.proxytune.ProxyTuneException;
import dev.proxytune.jsonl.JsonLines;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Run Python programs that nobody has read, each in processes of its own, within limits of time, memory, processes and
 * files, with an empty environment and a scratch folder that goes afterwards.
 *
 * <p>Where Linux permits it ({@code unshare}), a program sees no network, no processes but its own, no homes, and files
 * that it cannot write to. All that it starts ends with it. Root's programs run as a user that nobody else is. {@link
 * #notes} says what is not so here. Safe for use by several threads.
 */
public final class Sandbox implements AutoCloseable {
    private static final List<String> HIDDEN =
            List.of("/tmp", "/var/tmp", "/dev/shm", "/run", "/home", "/root", "/Users");

    /** What a process needs to tell of itself: where Python is, and which folders it reads. */
    private static final String PROBE = """
            import json, os, sys
            paths = [sys.prefix, sys.base_prefix, sys.exec_prefix, os.path.dirname(sys.executable)] + sys.path
            paths += [os.path.realpath(path) for path in paths]
            print(json.dumps({"executable": sys.executable, "uid": os.getuid(),
                "paths": sorted({os.path.abspath(path) for path in paths if path and os.path.isdir(path)})}))
            """;

    /** Far above the users that exist, so that limits by user are those of one program. */
    private static final int FIRST_UID = 1_200_000_000;

    private static final int UIDS = 100_000;
    private static final double GRACE_SECONDS = 20;

    private final Limits limits;
    private final Row python;
    private final String launcher;
    private final Path scratch;
    private final Queue<Integer> freeUids = new ConcurrentLinkedQueue<>();
    private final AtomicInteger nextUid =
            new AtomicInteger((int) (ProcessHandle.current().pid() * 61 % UIDS));
    private final AtomicInteger nextFolder = new AtomicInteger();
    private final List<String> notes = new ArrayList<>();
    private Level level = Level.NAMESPACES;

    /**
     * Bound what one program may take.
     *
     * @param seconds of time on the clock
     * @param memoryMiB of memory, of each of its processes and of all together
     * @param processes processes and threads at a time
     * @param filesMiB all that it writes
     */
    public record Limits(double seconds, int memoryMiB, int processes, int filesMiB) {

        public Limits {
            if (!(seconds > 0 && seconds <= 3600) || memoryMiB < 64 || processes < 1 || filesMiB < 1) {
                throw new IllegalArgumentException(
                        "limits must be at most 3600 seconds, at least 64 MiB of memory, and above 0, got: " + seconds
                                + " s, " + memoryMiB + " MiB, " + processes + " processes, " + filesMiB + " MiB");
            }
        }

        /** Return limits for programs of a task, 64 processes and 64 MiB of files each. */
        public static Limits of(double seconds, int memoryMiB) {
            return new Limits(seconds, memoryMiB, 64, 64);
        }
    }

    /**
     * Tell how a program ended.
     *
     * @param passed whether it came to its end without an error
     * @param result {@code passed}, {@code timed out}, or {@code failed:} and why
     */
    public record Verdict(boolean passed, String result) {}

    /** How far programs are kept apart, best first. */
    private enum Level {
        NAMESPACES,
        USER_NAMESPACES,
        PROCESSES;

        List<String> command() {
            List<String> unshare = List.of("unshare", "--mount", "--pid", "--net", "--ipc", "--fork", "--kill-child");
            return switch (this) {
                case NAMESPACES -> unshare;
                case USER_NAMESPACES ->
                    Stream.concat(unshare.stream(), Stream.of("--user", "--map-root-user"))
                            .toList();
                case PROCESSES -> List.of();
            };
        }
    }

    private Sandbox(Limits limits, Row python, String launcher, Path scratch) {
        this.limits = limits;
        this.python = python;
        this.launcher = launcher;
        this.scratch = scratch;
    }

    /**
     * Find out how programs can be run here.
     *
     * @throws ProxyTuneException if there is no {@code python3} on the PATH, or programs cannot be run without danger
     */
    public static Sandbox open(Limits limits) {
        try {
            Path scratch = Files.createTempDirectory("proxytune-sandbox");
            // Programs of another user pass through it to their own.
            scratch.toFile().setExecutable(true, false);
            var sandbox = new Sandbox(limits, probe(), launcher(), scratch);
            sandbox.settle();
            return sandbox;
        } catch (IOException e) {
            throw new ProxyTuneException("A scratch folder cannot be made: " + e.getMessage(), e);
        }
    }

    private static String launcher() throws IOException {
        try (InputStream in = Sandbox.class.getResourceAsStream("sandbox.py")) {
            if (in == null) {
                throw new IllegalStateException("sandbox.py is missing from the jar");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static Row probe() {
        String said;
        try {
            Process process = new ProcessBuilder("python3", "-c", PROBE)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            process.getOutputStream().close();
            said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new ProxyTuneException(
                    "Code cannot be executed: there is no python3 on the PATH; install Python 3, or put it there", e);
        }
        Row row = RowFile.parse("python3", 1, said);
        if (row == null) {
            throw new ProxyTuneException(
                    "Code cannot be executed: the python3 on the PATH does not run; try python3 -V");
        }
        return row;
    }

    private boolean isRoot() {
        return python.number("uid").orElse(0) == 0;
    }

    /** Take the best level that works. */
    private void settle() {
        List<String> reasons = new ArrayList<>();
        for (Level tried : Level.values()) {
            if (tried == Level.NAMESPACES && !isRoot()) {
                continue;
            }
            level = tried;
            Verdict verdict = run("import math");
            if (verdict.passed()) {
                if (tried == Level.PROCESSES) {
                    notes.add("code runs without namespaces, which this machine does not permit: it can use the network"
                            + " and see this machine's files" + (isRoot() ? "" : ", and write this user's"));
                }
                return;
            }
            reasons.add(verdict.result());
        }
        close();
        throw new ProxyTuneException("Code cannot be executed without danger here: " + reasons.getLast()
                + (isRoot() ? "; root needs a python3 on the PATH that other users can run, or namespaces" : ""));
    }

    /** Return what a user should know about how programs run here; empty where they are kept apart as they should. */
    public List<String> notes() {
        return List.copyOf(notes);
    }

    /** Return whether programs have no network, no other processes, and files that they cannot write to. */
    public boolean isIsolated() {
        return level != Level.PROCESSES;
    }

    /** Run a program to its end, or to that of its limits. */
    public Verdict run(String program) {
        boolean separateUser = isRoot() && level != Level.USER_NAMESPACES;
        Integer free = separateUser ? freeUids.poll() : null;
        int uid = free != null ? free : separateUser ? FIRST_UID + nextUid.getAndIncrement() % (2 * UIDS) : 0;
        try {
            return start(program, uid);
        } catch (IOException e) {
            return new Verdict(false, "failed: the sandbox does not start: " + e.getMessage());
        } finally {
            if (uid != 0) {
                freeUids.add(uid);
            }
        }
    }

    private Verdict start(String program, int uid) throws IOException {
        List<String> command = new ArrayList<>(level.command());
        command.addAll(List.of(python.requiredText("executable"), "-I", "-S", "-B", "-c", launcher));
        var builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD);
        Optional<String> path = Optional.ofNullable(System.getenv("PATH"));
        builder.environment().clear();
        path.ifPresent(value -> builder.environment().put("PATH", value));
        Process process = builder.start();
        Thread.ofVirtual().start(() -> endInTime(process));
        String said = "";
        try (var in = process.getOutputStream();
                InputStream out = process.getInputStream()) {
            in.write(JsonLines.line(config(program, uid)).getBytes(StandardCharsets.UTF_8));
            in.flush();
            said = new String(out.readNBytes(1 << 16), StandardCharsets.UTF_8);
        } catch (IOException _) {
            // It ended before it had read all; what it said tells.
        } finally {
            process.destroyForcibly();
        }
        Row row = RowFile.parse("sandbox", 1, said);
        return row == null
                ? new Verdict(false, "failed: the sandbox ended without a result")
                : new Verdict(
                        row.truth("passed").orElse(false), row.text("result").orElse("failed"));
    }

    private void endInTime(Process process) {
        try {
            if (!process.waitFor((long) ((limits.seconds() + GRACE_SECONDS) * 1000), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException _) {
            process.destroyForcibly();
        }
    }

    private Map<String, @Nullable Object> config(String program, int uid) {
        List<String> hidden = new ArrayList<>(HIDDEN);
        Optional.ofNullable(System.getProperty("user.home"))
                .filter(home -> home.startsWith("/") && home.length() > 1)
                .ifPresent(hidden::add);
        Map<String, @Nullable Object> config = new LinkedHashMap<>();
        config.put("program", program);
        config.put("nonce", UUID.randomUUID().toString());
        config.put("python", python.requiredText("executable"));
        config.put("timeout", limits.seconds());
        config.put("memory", limits.memoryMiB());
        config.put("processes", limits.processes());
        config.put("files", limits.filesMiB());
        config.put("uid", uid);
        config.put("namespaces", isIsolated());
        config.put("keep", python.texts("paths"));
        config.put("hide", hidden.stream().distinct().toList());
        config.put(
                "scratch", scratch.resolve("run" + nextFolder.incrementAndGet()).toString());
        return config;
    }

    @Override
    public void close() {
        try (Stream<Path> files = Files.walk(scratch)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException | UncheckedIOException _) {
            // What cannot be deleted is in the folder for temporary files, which systems clear.
        }
    }
}
