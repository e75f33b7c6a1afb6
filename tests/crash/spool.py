# SPDX-License-Identifier: Apache-2.0
"""A spool with its queue, the specs that are dropped into it, and the daemon that works on it."""
import ctypes
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time

import invariants

SWEEPD = os.environ.get("SWEEPD", "")
SWEEPCTL = os.environ.get("SWEEPCTL", "")
IDLE_SECONDS = 60.0  # a daemon that has not come to rest by then hangs
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # nothing here outlives power


class Missing(Exception):
    """What this machine does not have, or does not let us do."""


def scratch():
    return tempfile.mkdtemp(prefix="sweepd-crash-", dir=MEMORY)


def offers(option, _known={}):
    """Whether the daemon has an option."""
    if not _known:
        done = subprocess.run([SWEEPD, "--help"], capture_output=True, text=True, check=True)
        _known["help"] = done.stdout
    return re.search(r"--(\[no-\])?%s\b" % option, _known["help"]) is not None


def usual_options():
    """Those that make the daemon quick to begin and to try again, and let it run where tests do."""
    wanted = {"allow-root": [], "settle": ["0"], "backoff": ["0.02"], "limits-queue-free": ["0"]}
    return [word for option, value in wanted.items() if offers(option)
            for word in ["--" + option, *value]]


def good(name, runs=2):
    return json.dumps({"name": name, "base": "llama3_1/8B_lora_single_device",
                       "grid": {"seed": list(range(1, runs + 1))},
                       "output_dir": "out/{name}/{run}"}) + "\n"


def invalid(name):
    return json.dumps({"name": name, "base": "llama3_1/8B_lora_single_device",
                       "grid": {"batch_size": [2, 0], "lora_rnk": [8]}}) + "\n"


def oversized(name):
    return json.dumps({"name": name, "base": "x" * (1 << 20)}) + "\n"


def become_reaper(worker=True):
    """What our children leave behind becomes ours, so that it can be waited for and ended. A worker
    ends with its parent."""
    libc = ctypes.CDLL(None)
    libc.prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER
    if worker:
        libc.prctl(1, signal.SIGKILL, 0, 0, 0)  # PR_SET_PDEATHSIG
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def children_of(pid):
    children = []
    try:
        for task in os.listdir("/proc/%d/task" % pid):
            with open("/proc/%d/task/%s/children" % (pid, task), encoding="ascii") as stream:
                children += [int(word) for word in stream.read().split()]
    except (FileNotFoundError, ProcessLookupError):
        pass
    return children


def kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass  # it has just ended by itself


def end_children(patience=0.0):
    """Waits for what is left of our children, and then ends it with all that it started."""
    end = time.monotonic() + patience
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            if time.monotonic() >= end:
                for child in children_of(os.getpid()):
                    for below in children_of(child) + [child]:
                        kill(below)
            time.sleep(0.001)


class Spool:
    def __init__(self, root):
        self.root, self.specs, self.queue = root, root + "/specs", root + "/queue"
        self.log_path = root + "/log"
        self.dropped = []
        self.once = offers("once")
        self.options = usual_options()
        for directory in (self.specs, self.queue):
            os.makedirs(directory, mode=0o755, exist_ok=True)

    def copy(self, root):
        """The same again below another directory, with what is known of it."""
        shutil.copytree(self.root, root, symlinks=True)
        other = Spool(root)
        other.dropped = [dict(spec) for spec in self.dropped]
        return other

    # --- dropping ---

    def drop(self, name, text, verdict, durable=False):
        """By a rename, from when on it is acknowledged; durably, if what it is on can lose power."""
        data = text.encode()
        hidden, path = "%s/.%s.drop" % (self.specs, name), "%s/%s" % (self.specs, name)
        fd = os.open(hidden, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        os.write(fd, data)
        if durable:
            os.fsync(fd)
        os.close(fd)
        for spec in self.dropped:
            # What waited under this name until now may have been claimed, or not.
            spec["replaced"] = spec["replaced"] or spec["name"] == name
        os.rename(hidden, path)
        if durable:
            fd = os.open(self.specs, os.O_RDONLY)
            os.fsync(fd)
            os.close(fd)
        self.dropped.append({"name": name, "digest": invariants.digest(data), "kept": True,
                             "done": False, "replaced": False, "verdict": verdict})

    def note_done(self):
        """Takes down what the daemon has acknowledged by now. Returns how many specs that are."""
        done = {sha256 for _, sha256 in invariants.specs_in(self.specs, "done")}
        for spec in self.dropped:
            spec["done"] = spec["done"] or spec["digest"] in done
        return len(done)

    def check(self, idle=False):
        return invariants.violations(self.specs, self.queue, self.dropped, idle)

    # --- the daemon ---

    def command(self, once=False, options=()):
        more = ["--once"] if once and self.once else []
        return [SWEEPD, "--specs", self.specs, "--queue", self.queue, "--sweepctl", SWEEPCTL,
                *self.options, *more, *options]

    def start(self, before=(), once=False, options=(), **environment):
        """The daemon, behind the words of `before`. One thread for its work, so that its calls have
        the same order in every run."""
        keep = {name: value for name, value in os.environ.items()
                if name not in ("NOTIFY_SOCKET", "JOURNAL_STREAM", "RUNTIME_DIRECTORY")
                and not name.startswith("SWEEPD_")}
        keep["XDG_CONFIG_HOME"] = self.root  # where there are no settings
        with open(self.log_path, "ab") as log:
            return subprocess.Popen(
                [*before, *self.command(once, options)], stdin=subprocess.DEVNULL,
                stdout=log, stderr=log,
                env={**keep, "UV_THREADPOOL_SIZE": "1", **environment})

    def log(self):
        try:
            with open(self.log_path, encoding="utf-8", errors="replace") as stream:
                return stream.read()
        except FileNotFoundError:
            return ""

    def wait_log(self, pattern, begin=0, seconds=IDLE_SECONDS):
        """Whether the daemon says this in time, after what it had said before."""
        end = time.monotonic() + seconds
        while not re.search(pattern, self.log()[begin:]):
            if time.monotonic() > end:
                return False
            time.sleep(0.002)
        return True

    def is_idle(self):
        return not any(invariants.is_spec(name) for place in ("", ".claimed")
                       for name in invariants.listed(os.path.join(self.specs, place)))

    def wait_idle(self, process, seconds):
        """False when the time was over first, or the daemon."""
        end = time.monotonic() + seconds
        while process.poll() is None and time.monotonic() < end:
            if self.is_idle():
                return True
            time.sleep(0.002)
        return self.is_idle()

    def run_to_idle(self):
        """Runs the daemon until it has done all that there is, and yields what was wrong with that."""
        before = len(self.log())
        process = self.start(once=True)
        try:
            if self.once:
                process.wait(IDLE_SECONDS)
            elif self.wait_idle(process, IDLE_SECONDS) and self.wait_log("writing sweeps to", before):
                process.send_signal(signal.SIGTERM)
                process.wait(IDLE_SECONDS)
        except subprocess.TimeoutExpired:
            pass
        if process.poll() is None:
            process.kill()
            process.wait()
            yield "hangs", "sweepd does not come to rest in %d s" % IDLE_SECONDS
        elif process.returncode != 0:
            yield "hangs", "sweepd ended with %d" % process.returncode

    def recover(self):
        """What is wrong right now; and after a normal start, when the daemon has come to rest."""
        found = ["right after: %s: %s" % fault for fault in self.check()]
        self.note_done()
        found += ["restarted: %s: %s" % fault for fault in self.run_to_idle()]
        # A generator that outlived its daemon may still write.
        end_children(patience=10)
        return found + ["at rest: %s: %s" % fault for fault in self.check(idle=True)]
