# SPDX-License-Identifier: Apache-2.0
"""A spool with its queue, the specs dropped into it, and the daemon."""
import ctypes
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import invariants
from sweepd import Directory, Sweepd

IDLE_SECONDS = 60.0  # after this time a daemon that is not idle hangs
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
# Process specs quickly, and on a file system that is nearly full.
OPTIONS = ["--settle", "0", "--backoff", "0.02", "--limits-queue-free", "0"]


class Missing(Exception):
    """Something that this machine does not have or does not allow."""


def scratch():
    """A directory for what need not survive a power cut: in memory, if possible."""
    return tempfile.mkdtemp(prefix="sweepd-crash-", dir=MEMORY)


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
    """Adopts orphaned descendants, so that they can be killed and waited for. A worker is killed when
    its parent exits."""
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
        pass  # it has just exited


def end_children(patience=0.0):
    """Waits up to `patience` seconds for all children to exit, then kills them and their children."""
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


class Spool(Sweepd):
    def __init__(self, root):
        super().__init__(Directory(root), "", *OPTIONS)
        # Makes the order of system calls the same in each run.
        self.env["UV_THREADPOOL_SIZE"] = "1"
        self.root = root
        self.dropped = []
        for directory in (self.specs, self.queue):
            os.makedirs(directory, mode=0o755, exist_ok=True)

    def __getstate__(self):
        """For a worker process, which does not get the daemon's process."""
        return {**self.__dict__, "process": None}

    def copy(self, root):
        """A copy in another directory."""
        shutil.copytree(self.root, root, symlinks=True)
        other = Spool(root)
        other.dropped = [dict(spec) for spec in self.dropped]
        return other

    # --- dropping ---

    def drop(self, name, text, verdict, durable=False):
        """Drops a spec by a rename, after which it must not get lost. `durable`: not even by a power
        cut."""
        data = text.encode()
        hidden, path = "%s/.%s.drop" % (self.specs, name), "%s/%s" % (self.specs, name)
        fd = os.open(hidden, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        os.write(fd, data)
        if durable:
            os.fsync(fd)
        os.close(fd)
        for spec in self.dropped:
            # An earlier spec of this name may have been claimed already.
            spec["replaced"] = spec["replaced"] or spec["name"] == name
        os.rename(hidden, path)
        if durable:
            fd = os.open(self.specs, os.O_RDONLY)
            os.fsync(fd)
            os.close(fd)
        self.dropped.append({"name": name, "digest": invariants.digest(data), "kept": True,
                             "done": False, "replaced": False, "verdict": verdict})

    def note_done(self):
        """Records which specs the daemon has moved to done/; returns the number of files there."""
        done = {sha256 for _, sha256 in invariants.specs_in(self.specs, "done")}
        for spec in self.dropped:
            spec["done"] = spec["done"] or spec["digest"] in done
        return len(done)

    def check(self, idle=False):
        return invariants.violations(self.specs, self.queue, self.dropped, idle)

    # --- the daemon ---

    def wait_log(self, pattern, begin=0, seconds=IDLE_SECONDS):
        """Waits for a line in the log after offset `begin`; returns whether it is there."""
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
        """Waits until no spec is waiting; False after a timeout, or if the daemon exits before."""
        end = time.monotonic() + seconds
        while process.poll() is None and time.monotonic() < end:
            if self.is_idle():
                return True
            time.sleep(0.002)
        return self.is_idle()

    def run_to_idle(self):
        """Runs the daemon until no spec is left; yields what is wrong with that."""
        process = self.launch("--once")
        try:
            process.wait(IDLE_SECONDS)
        except subprocess.TimeoutExpired:
            pass
        if process.poll() is None:
            process.kill()
            process.wait()
            yield "hangs", "sweepd is not idle after %d s" % IDLE_SECONDS
        elif process.returncode != 0:
            yield "hangs", "sweepd exited with %d" % process.returncode

    def recover(self):
        """What is wrong now, and after a restart when the daemon is idle."""
        found = ["before restart: %s: %s" % fault for fault in self.check()]
        self.note_done()
        found += ["restarted: %s: %s" % fault for fault in self.run_to_idle()]
        # A generator that outlived its daemon may still write.
        end_children(patience=10)
        return found + ["idle: %s: %s" % fault for fault in self.check(idle=True)]
