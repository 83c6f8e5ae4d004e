"""Run one program within limits and tell whether it ended without an error.

Sandbox.java starts this file once for each sample, where it can as the first process of new namespaces, and writes one
line of JSON to its standard input. The answer is one line of JSON: {"passed": ..., "result": ...}. When this process
ends, or its input is closed, so does everything that the sample has started.
"""
import ctypes
import json
import os
import resource
import select
import shutil
import signal
import stat
import sys
import time

# What the sample's own interpreter is told to do; exec in an empty namespace is how the benchmarks define it.
DRIVER = """
import gc, os, sys
from collections import deque
from itertools import chain, starmap
def steps(fd, path):
    os.set_inheritable(fd, False)
    with open(path, encoding="utf-8", errors="surrogatepass", newline="") as file:
        nonce, program = file.readline().strip(), file.read()
    os.unlink(path)
    sys.argv = [""]
    del sys.modules["os"].environ["PROXYTUNE"]
    return chain(starmap(exec, [(program, {})]), starmap(os.write, [(fd, (nonce + " passed\\n").encode())]))
def run():
    # What a sample must not say is in no frame that it can walk to, and in no list of objects.
    end, write = os._exit, os.write
    try:
        deque((steps(int(sys.argv[1]), sys.argv[2]), gc.freeze())[0], 0)
        end(0)
    except BaseException as error:
        try:
            result = "failed: " + type(error).__name__ + ": " + str(error)
        except BaseException:
            result = "failed"
    write(3, (" ".join(result.split())[:300] + "\\n").encode("utf-8", "replace"))
    end(0)
run()
"""

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT = 1, 2, 4, 8, 32
MS_BIND, MS_REC, MS_PRIVATE, MS_RELATIME = 4096, 16384, 1 << 18, 1 << 21
MOUNT_SETATTR, AT_FDCWD, AT_RECURSIVE = 442, -100, 0x8000
PR_SET_PDEATHSIG, PR_CAPBSET_DROP, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 1, 24, 36, 38
TICK = 0.02
MEBI = 1 << 20

libc = ctypes.CDLL(None, use_errno=True) if sys.platform.startswith("linux") else None


def check(code, what):
    if code != 0:
        error = ctypes.get_errno()
        raise OSError(error, what + ": " + os.strerror(error))


def mount(source, target, kind, flags, data=None):
    check(libc.mount(source.encode(), os.fsencode(target), kind and kind.encode(), ctypes.c_ulong(flags),
                     data and data.encode()), "mount " + target)


class Attributes(ctypes.Structure):
    _fields_ = [("set", ctypes.c_uint64), ("clear", ctypes.c_uint64), ("propagation", ctypes.c_uint64),
                ("user", ctypes.c_uint64)]


def read_only():
    """Forbid writing to all that is mounted."""
    attributes = Attributes(MS_RDONLY | MS_NOSUID, 0, 0, 0)
    if libc.syscall(MOUNT_SETATTR, AT_FDCWD, b"/", AT_RECURSIVE, ctypes.byref(attributes),
                    ctypes.sizeof(attributes)) == 0:
        return
    # Linux before 5.12 knows no other way than one after the other, with the flags that each has.
    known = {"nosuid": MS_NOSUID, "nodev": MS_NODEV, "noexec": MS_NOEXEC, "relatime": MS_RELATIME}
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as file:
        mounts = [line.split(" ") for line in file]
    for fields in mounts:
        target = fields[4].encode("utf-8", "surrogateescape").decode("unicode_escape")
        flags = sum(known.get(option, 0) for option in fields[5].split(","))
        mount("none", target, None, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | flags)


def is_under(path, folder):
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def isolate(config):
    """Show the sample a file system that it cannot write to, without homes, sockets and others' temporary files."""
    with open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")
    mount("none", "/", None, MS_REC | MS_PRIVATE)
    hidden = [folder for folder in config["hide"] if os.path.isdir(folder) and not os.path.islink(folder)]
    kept = [(path, os.open(path, os.O_PATH)) for path in config["keep"]
            if os.path.isdir(path) and any(is_under(path, folder) for folder in hidden)]
    limits = "size=%d,nr_inodes=20000,mode=" % (config["files"] * MEBI)
    for folder in hidden:
        if os.path.isdir(folder):
            mount("tmpfs", folder, "tmpfs", MS_NOSUID | MS_NODEV, limits + ("1777" if folder == "/tmp" else "755"))
    for path, handle in kept:
        os.makedirs(path, exist_ok=True)
        mount("/proc/self/fd/%d" % handle, path, None, MS_BIND | MS_REC)
        os.close(handle)
    read_only()
    mount("none", "/tmp", None, MS_REMOUNT | MS_BIND | MS_NOSUID | MS_NODEV)
    try:
        mount("proc", "/proc", "proc", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC)
    except OSError:
        # The old one shows the processes and environments of others.
        mount("tmpfs", "/proc", "tmpfs", MS_RDONLY | MS_NOSUID)
    return "/tmp/work"


def drop_privileges(config):
    if libc is not None:
        check(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")
    if config["uid"]:
        os.setgroups([])
        os.setresgid(config["uid"], config["uid"], config["uid"])
        os.setresuid(config["uid"], config["uid"], config["uid"])
    elif config["namespaces"]:
        # This user is root in its own namespace only, and needs not even that.
        for capability in range(64):
            libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
        header = (ctypes.c_uint32 * 2)(0x20080522, 0)
        check(libc.capset(header, (ctypes.c_uint32 * 6)()), "capset")


def limit(config):
    def most(what, value):
        hard = resource.getrlimit(what)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(what, (value, value))

    most(resource.RLIMIT_CORE, 0)
    most(resource.RLIMIT_CPU, int(config["timeout"]) + 2)
    most(resource.RLIMIT_FSIZE, config["files"] * MEBI)
    most(resource.RLIMIT_NOFILE, 256)
    if sys.platform.startswith("linux"):
        most(resource.RLIMIT_AS, config["memory"] * MEBI)
        alone = config["uid"] or config["namespaces"]
        most(resource.RLIMIT_NPROC, config["processes"] + (0 if alone else tasks_of_user()))


def tasks_of_user():
    """Count the threads of this user, as its processes all share one limit."""
    count = 0
    for name in os.listdir("/proc"):
        try:
            if name.isdigit() and os.stat("/proc/" + name).st_uid == os.getuid():
                count += len(os.listdir("/proc/" + name + "/task"))
        except OSError:
            pass
    return count


def become_sample(config, work, report):
    os.setsid()
    null = os.open(os.devnull, os.O_RDWR)
    for standard in range(3):
        os.dup2(null, standard)
    report = os.dup2(report, 3)
    os.closerange(4, 1024)
    os.mkdir(work, 0o700)
    if config["uid"]:
        os.chown(work, config["uid"], config["uid"])
    limit(config)
    drop_privileges(config)
    os.chdir(work)
    path = work + "/.program"
    with open(path, "w", encoding="utf-8", errors="surrogatepass", newline="") as file:
        file.write(config["nonce"] + "\n" + config["program"])
    environment = {"HOME": work, "TMPDIR": work, "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8",
                   "PYTHONHASHSEED": "0", "PYTHONIOENCODING": "utf-8:backslashreplace", "PYTHONDONTWRITEBYTECODE": "1", "MPLBACKEND": "Agg", "MPLCONFIGDIR": work,
                   "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "TF_CPP_MIN_LOG_LEVEL": "3", "PROXYTUNE": "1"}
    os.execve(config["python"], [config["python"], "-c", DRIVER, "3", path], environment)


def processes():
    """Return (process, parent, bytes resident) of all that can be seen."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open("/proc/" + name + "/stat", "rb") as file:
                    fields = file.read().rpartition(b")")[2].split()
                found.append((int(name), int(fields[1]), int(fields[21]) * resource.getpagesize()))
            except (OSError, IndexError, ValueError):
                pass
    return found


def descendants():
    """Return what descends from this process; in a process namespace that is all there is."""
    seen = {process: (parent, resident) for process, parent, resident in processes()}
    mine = []
    for process, (_, resident) in seen.items():
        above = process
        while above in seen and above != os.getpid():
            above = seen[above][0]
        if above == os.getpid() and process != os.getpid():
            mine.append((process, resident))
    return mine


def written(work):
    """Return how many MiB a scratch folder holds that is no file system of its own."""
    size = 0
    for folder, _, files in os.walk(work):
        for file in files:
            try:
                size += os.lstat(os.path.join(folder, file)).st_blocks * 512
            except OSError:
                pass
    return size / MEBI


def excess(config, work):
    """Return what the sample has too much of; limits of a process alone do not hold for many of them."""
    seen = descendants() if os.path.isdir("/proc/self") else []
    if len(seen) > config["processes"] + 8:
        return "failed: too many processes"
    if sum(resident for _, resident in seen) > 1.25 * config["memory"] * MEBI:
        return "failed: out of memory"
    if not config["namespaces"] and written(work) > config["files"]:
        return "failed: too much written"
    return None


def watch(config, work, child, report):
    """Wait for what the sample's interpreter reports, its end, the end of its time, or that of who wants to know."""
    deadline = time.monotonic() + config["timeout"]
    said = b""
    ended = None
    listening = [report, 0]
    while True:
        ready = select.select(listening, [], [], TICK)[0]
        if 0 in ready and not os.read(0, 1):
            return "failed: nobody wants to know"
        if report in ready:
            piece = os.read(report, 4096)
            said += piece
            if not piece:
                listening = [0]
        if b"\n" in said or len(said) > 8192:
            return said.partition(b"\n")[0].decode("utf-8", "replace")
        if ended is not None:
            return ended
        while ended is None:
            try:
                process, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                ended = "failed: ended"
                break
            if process == 0:
                break
            if process == child:
                ended = ("failed: ended by signal %d" % os.WTERMSIG(status) if os.WIFSIGNALED(status)
                         else "failed: ended with code %d" % os.WEXITSTATUS(status))
        if time.monotonic() > deadline:
            return "timed out"
        too_much = excess(config, work)
        if too_much:
            return too_much


def end_sample(config, child):
    """Where no namespace ends with this process, end all that descends from it."""
    if config["uid"] and os.fork() == 0:
        os.setresuid(config["uid"], config["uid"], config["uid"])
        os.kill(-1, signal.SIGKILL)
        os._exit(0)
    patience = time.monotonic() + 5
    while time.monotonic() < patience:
        for kill, process in [(os.killpg, child)] + [(os.kill, process) for process in alive()]:
            try:
                kill(process, signal.SIGKILL)
            except OSError:
                pass
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(TICK)


def alive():
    return [process for process, _ in descendants()] if os.path.isdir("/proc/self") else []


def remove(work):
    for folder, _, _ in os.walk(work):
        try:
            os.chmod(folder, stat.S_IRWXU)
        except OSError:
            pass
    shutil.rmtree(work, ignore_errors=True)


def main():
    config = json.loads(sys.stdin.buffer.readline())
    if config["namespaces"]:
        work = isolate(config)
    else:
        work = config["scratch"]
        if libc is not None:
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reading)
            become_sample(config, work, writing)
        except BaseException as error:
            os.write(3, ("sandbox: %s\n" % error).encode("utf-8", "replace"))
        os._exit(97)
    os.close(writing)
    result = watch(config, work, child, reading)
    if not config["namespaces"]:
        end_sample(config, child)
        remove(work)
    passed = result == config["nonce"] + " passed"
    sys.stdout.write(json.dumps({"passed": passed, "result": "passed" if passed else result}) + "\n")
    sys.stdout.flush()
    os._exit(0)


main()
