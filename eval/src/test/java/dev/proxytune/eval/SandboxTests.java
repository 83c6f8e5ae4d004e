package dev.proxytune.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Attacks are real; each must cost one sample and nothing else. */
class SandboxTests {
    private static Sandbox sandbox;

    @BeforeAll
    static void open() {
        assumeTrue(hasPython(), "there is no python3 on the PATH");
        sandbox = Sandbox.open(new Sandbox.Limits(2, 512, 32, 16));
    }

    @AfterAll
    static void close() {
        if (sandbox != null) {
            sandbox.close();
        }
    }

    private static boolean hasPython() {
        try {
            return new ProcessBuilder("python3", "-c", "")
                            .redirectErrorStream(true)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    @Test
    void passesWhatEndsWithoutAnError() {
        assertThat(sandbox.run("import math, json, random\nassert math.sqrt(4) == 2\nprint('é')"))
                .isEqualTo(new Sandbox.Verdict(true, "passed"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "frame = sys._getframe()\nwhile frame:\n  found.append(frame.f_locals)\n  frame = frame.f_back",
                "import gc\nfound = gc.get_objects()",
                "found = [sys.modules['__main__'].__dict__, sys.argv, dict(os.environ)]"
            })
    void findsNoPassToForgeInFramesAndObjects(String search) {
        String forge = """
                import os, re, sys
                found = []
                %s
                for each in found:
                    for value in list(each.values()) if type(each) is dict else [each]:
                        try:
                            hit = re.search('[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}', ascii(value))
                        except Exception:
                            continue
                        if hit:
                            os.write(3, (hit.group() + ' passed\\n').encode())
                            os._exit(0)
                assert False, 'nothing found'
                """.formatted(search);
        assertThat(sandbox.run(forge).passed()).isFalse();
    }

    @Test
    void saysWhatWentWrong() {
        assertThat(sandbox.run("assert 1 == 2, 'no\\nway'").result()).isEqualTo("failed: AssertionError: no way");
        assertThat(sandbox.run("def f(:").result()).startsWith("failed: SyntaxError");
        assertThat(sandbox.run("def f(): return f()\nf()").result()).startsWith("failed: RecursionError");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "while True: pass",
                "import time\ntime.sleep(1000)",
                "import sys\nwhile True: sys.stdout.write('x' * 2**20); sys.stderr.write('x' * 2**20)",
                "import signal\nfor s in range(1, 65):\n  try: signal.signal(s, signal.SIG_IGN)\n  except Exception: pass\nwhile True: pass",
                "import os\nos.setsid() if os.fork() == 0 else None\nwhile True: pass",
                "import os\nos.closerange(0, 4000)\nwhile True: pass",
            })
    void endsWhatDoesNotEnd(String program) {
        assertThat(sandbox.run(program)).isEqualTo(new Sandbox.Verdict(false, "timed out"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "import os\nwhile True: os.fork()",
                "import os\nwhile True:\n  try: os.fork()\n  except OSError: pass",
                "import threading, time\nfor _ in range(10000): threading.Thread(target=time.sleep, args=(100,)).start()",
                "x = []\nwhile True: x.append(bytearray(10**7))",
                "import os, time\nfor _ in range(20):\n  if os.fork() == 0:\n    x = bytearray(3 * 10**8)\n    time.sleep(100)\ntime.sleep(100)",
                "f = open('big', 'w')\nwhile True: f.write('x' * 10**6); f.flush()",
                "for i in range(10**6):\n  open('f%d' % i, 'w').write('x' * 10**6)",
                "input('?')",
                "import sys\nsys.exit(0)",
                "import os\nos._exit(0)",
                "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
                "import ctypes\nctypes.string_at(0)",
                "raise KeyboardInterrupt",
                "class E(Exception):\n  def __str__(self): raise self\nraise E()",
                "import os\nos.write(3, b'passed\\n')\nos._exit(0)",
            })
    void failsWhatDoesHarmOrPretends(String program) {
        assertThat(sandbox.run(program).passed()).isFalse();
        assertThat(sandbox.run("x = 1").passed()).isTrue();
    }

    @Test
    void endsProcessesThatDetach(@TempDir Path folder) throws InterruptedException {
        String mark = "proxytune-detached-" + ProcessHandle.current().pid();
        String program = "import os, sys, subprocess\nsubprocess.Popen([sys.executable, '-c', "
                + "'import time; time.sleep(300)', '" + mark + "'], start_new_session=True)\n";
        assertThat(sandbox.run(program).passed()).isTrue();
        assertThat(ProcessHandle.allProcesses()
                        .flatMap(process -> process.info().commandLine().stream())
                        .filter(line -> line.contains(mark)))
                .isEmpty();
    }

    @Test
    void hasAnEmptyEnvironmentAndAScratchHome() {
        assertThat(sandbox.run("""
                                import os
                                assert os.path.expanduser('~') == os.getcwd() == os.environ['HOME']
                                assert os.listdir('.') == []
                                assert not [name for name in os.environ if 'KEY' in name or 'JAVA' in name or 'PROXY' in name]
                                open('x', 'w').write('y')
                                """).result()).isEqualTo("passed");
        assertThat(sandbox.run("import os\nassert os.listdir('.') == []").result())
                .isEqualTo("passed");
    }

    @Test
    void doesNotLetPossessionsGo(@TempDir Path folder) throws IOException {
        Path precious = Files.writeString(folder.resolve("precious"), "still here");
        sandbox.run("import os\nos.system('rm -rf ~ ~/.. " + folder + "')");
        if (sandbox.isIsolated()) {
            assertThat(precious).hasContent("still here");
            assertThat(sandbox.run("open('" + precious + "')").passed()).isFalse();
            assertThat(sandbox.run("open('/usr/pwned', 'w')").passed()).isFalse();
        }
        assertThat(sandbox.run("x = 1").passed()).isTrue();
    }

    @Test
    void hasNoNetworkAndSeesNoOtherProcesses() {
        assumeTrue(sandbox.isIsolated(), "namespaces are not permitted here");
        assertThat(sandbox.notes()).isEmpty();
        assertThat(sandbox.run("import socket\nsocket.create_connection(('192.0.2.1', 80), 1)")
                        .result())
                .startsWith("failed: OSError");
        assertThat(sandbox.run("import os\nassert sum(name.isdigit() for name in os.listdir('/proc')) <= 4")
                        .result())
                .isEqualTo("passed");
    }

    @Test
    void runsSeveralSamplesAtATime() throws Exception {
        try (var executor = Executors.newFixedThreadPool(4)) {
            List<Callable<Sandbox.Verdict>> tasks = IntStream.range(0, 12)
                    .<Callable<Sandbox.Verdict>>mapToObj(
                            i -> () -> sandbox.run("open('x', 'w').write('%d')\nassert %d %% 2 == 0".formatted(i, i)))
                    .toList();
            List<Future<Sandbox.Verdict>> verdicts = executor.invokeAll(tasks);
            for (int i = 0; i < verdicts.size(); i++) {
                assertThat(verdicts.get(i).get().passed()).isEqualTo(i % 2 == 0);
            }
        }
    }

    @Test
    void marksCodeByTheTestsOfTheBenchmark() {
        var task = (CodeTask) Task.named("humaneval");
        Row problem = Row.of(
                "d",
                1,
                Map.of(
                        "task_id", "HumanEval/0",
                        "prompt", "def add(a, b):\n",
                        "test", "def check(f):\n    assert f(1, 2) == 3\n",
                        "entry_point", "add"));
        try (var labeler = new CodeLabeler(task, List.of(problem), Sandbox.open(Sandbox.Limits.of(3, 512)), false)) {
            Row right = Row.of("p", 1, Map.of("task_id", "HumanEval/0", "completion", "    return a + b\n"));
            Row wrong = Row.of("p", 2, Map.of("task_id", "HumanEval/0", "completion", "    return a\n"));
            assertThat(labeler.label(right)).containsEntry("passed", true);
            assertThat(labeler.label(wrong)).containsEntry("result", "failed: AssertionError:");
            Row unknown = Row.of("p", 3, Map.of("task_id", "HumanEval/9", "completion", "x"));
            assertThatThrownBy(() -> labeler.label(unknown))
                    .hasMessageContainingAll("p, row 3", "HumanEval/9", "--data");
        }
    }

    @Test
    void marksDataScienceByTheTestsOfTheBenchmark() {
        var task = (CodeTask) Task.named("ds1000");
        Row problem = Row.of(
                "d",
                1,
                Map.of(
                        "metadata",
                        Map.of("library", "Numpy", "library_problem_id", 1),
                        "prompt",
                        "p",
                        "code_context",
                        "def test_execution(solution):\n    names = {}\n    exec(solution, names)\n    assert names['result'] == 'é\\\\\"\\n'\n"));
        try (var labeler = new CodeLabeler(task, List.of(problem), Sandbox.open(Sandbox.Limits.of(3, 512)), false)) {
            Row right = Row.of("p", 1, Map.of("lib", "Numpy", "problem_id", 1, "completion", "result = 'é\\\\\"\\n'"));
            assertThat(labeler.label(right)).containsEntry("passed", true);
        }
    }

    @Test
    void leavesNothingBehind() throws IOException {
        try (Stream<Path> files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            long before = files.filter(file -> file.getFileName().toString().startsWith("proxytune-sandbox"))
                    .count();
            Sandbox.open(Sandbox.Limits.of(3, 512)).close();
            try (Stream<Path> after = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
                assertThat(after.filter(file -> file.getFileName().toString().startsWith("proxytune-sandbox")))
                        .hasSize((int) before);
            }
        }
    }

    @Test
    void refusesLimitsThatCannotBe() {
        assertThatThrownBy(() -> Sandbox.Limits.of(0, 512)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Sandbox.Limits.of(3, 1)).isInstanceOf(IllegalArgumentException.class);
    }
}
