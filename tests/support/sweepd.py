# SPDX-License-Identifier: Apache-2.0
"""Runs sweepd in tests: a scratch directory, specs, and the daemon.

    SWEEPD, SWEEPCTL   the programs
    KEEP=1             keeps the scratch directory
    SWEEP_SEED         the seed of random tests (1)
    SWEEP_TIMEOUT      seconds to wait for the daemon to do something (120)

A test that is started as root can become an ordinary user (Scratch.become_user()), as the daemon is
meant to be: root can open every file, and sees nothing as somebody else's.
"""
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from checks import finish, program

SOURCE = Path(__file__).resolve().parents[2]
SEED = int(os.environ.get("SWEEP_SEED") or 1)
TIMEOUT = float(os.environ.get("SWEEP_TIMEOUT") or 120)
NOBODY = 65534
BASE = "llama3_1/8B_lora_single_device"

started = set()  # Sweepd objects, to stop after a failure


def wait(condition, timeout=TIMEOUT, every=0.02):
    """Waits until the condition is true; returns whether it is."""
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(every)
    return bool(condition())


def spec(name, **more):
    return json.dumps({"name": name, "base": BASE, "grid": {"seed": [1, 2]},
                       "output_dir": "out/{name}/{run}", **more}, indent=2) + "\n"


def drop(directory, name, text):
    """Writes a spec under a hidden name and renames it. Name and text may be bytes."""
    hidden = os.path.join(os.fsencode(directory), b".new")
    with open(hidden, "wb") as f:
        f.write(text if isinstance(text, bytes) else text.encode())
    os.rename(hidden, os.path.join(os.fsencode(directory), os.fsencode(name)))


def environment(**more):
    """Ours, without what would change the daemon's settings."""
    kept = {name: value for name, value in os.environ.items()
            if name not in ("NOTIFY_SOCKET", "JOURNAL_STREAM")
            and not name.startswith(("SWEEPD_", "XDG_", "RUNTIME_"))}
    return {**kept, **more}


# --- the test ---------------------------------------------------------------------------------------

class Directory:
    """A directory to work in, and the programs to test."""

    def __init__(self, top):
        self.top = top
        self.sweepd, self.sweepctl = program("SWEEPD"), program("SWEEPCTL")

    def path(self, *parts):
        return os.path.join(self.top, *parts)


class Scratch(Directory):
    """A temporary directory."""

    def __init__(self, label):
        super().__init__(os.path.realpath(tempfile.mkdtemp(prefix=f"{label}.")))
        print(f"SWEEP_SEED={SEED}", flush=True)

    def become_user(self):
        """Gives up root, and the scratch directory with it. The programs are copied there, because
        the build directory may not be readable for others."""
        if os.geteuid() != 0:
            return
        os.mkdir(self.path("bin"))
        self.sweepd = shutil.copy(self.sweepd, self.path("bin"))
        self.sweepctl = shutil.copy(self.sweepctl, self.path("bin"))
        for directory, _, files in os.walk(self.top):
            for path in [directory] + [os.path.join(directory, name) for name in files]:
                if os.lstat(path).st_uid == 0:
                    os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)

    def remove(self):
        if os.environ.get("KEEP"):
            print(f"kept: {self.top}")
        else:
            shutil.rmtree(self.top, ignore_errors=True)


def run(label, test, prepare=None):
    """Runs test(scratch) in a child process and returns the exit status. With `prepare`, the child
    calls prepare(scratch) first, as root if we are, and then becomes an ordinary user; the parent
    stays root, to remove the scratch directory."""
    scratch = Scratch(label)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(f"{label}: terminated"))
    child = os.fork()
    if child == 0:
        status = 1
        try:
            if prepare is not None:
                prepare(scratch)
                scratch.become_user()
            test(scratch)
            status = finish()
        except SystemExit as ended:
            status = ended.code
            if not isinstance(status, int):  # a message, of a signal
                print(status, file=sys.stderr)
                status = 1
        except BaseException:
            sys.excepthook(*sys.exc_info())
        finally:
            stop_all()
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)
    try:
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    except BaseException:
        os.kill(child, signal.SIGTERM)
        os.waitpid(child, 0)
        raise
    finally:
        scratch.remove()
    return status if status >= 0 else 1


def stop_all():
    for daemon in list(started):
        daemon.stop(signal.SIGKILL)


# --- the daemon -------------------------------------------------------------------------------------

class Sweepd:
    """A daemon with specs/, queue/ and its log in one directory."""

    def __init__(self, parent, label="", *options):
        """In the directory `label` of a Directory, or in that itself."""
        self.directory = parent.path(label) if label else parent.top
        self.sweepd, self.sweepctl = parent.sweepd, parent.sweepctl
        self.specs, self.queue = f"{self.directory}/specs", f"{self.directory}/queue"
        self.log_path = f"{self.directory}/sweepd.log"
        self.options, self.process = list(options), None
        self.env = {}  # more of its environment
        os.makedirs(self.directory, exist_ok=True)

    def command(self):
        allow_root = ["--allow-root"] if os.geteuid() == 0 else []
        return [self.sweepd, "--specs", self.specs, "--queue", self.queue, "--sweepctl", self.sweepctl,
                *allow_root, *self.options]

    def control(self):
        """No control socket unless the test names one: the default in /tmp is the user's only one."""
        return {} if "RUNTIME_DIRECTORY" in self.env else {"SWEEPD_CONTROL": "no"}

    def launch(self, *options, before=(), env=None, **more):
        """Starts it and does not wait. `before` is a program that runs it, with its arguments."""
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [*before, *self.command(), *options], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={**environment(HOME=self.directory, **self.control()), **self.env, **(env or {})}, **more)
        started.add(self)
        return self.process

    def start(self, **more):
        """Starts it and waits until it tells a service manager that it is ready."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind("")  # the kernel chooses an abstract name
            manager.settimeout(0.2)
            address = "@" + manager.getsockname()[1:].decode()
            self.launch(env={"NOTIFY_SOCKET": address}, **more)
            end = time.monotonic() + TIMEOUT
            while time.monotonic() < end and self.alive():
                try:
                    if "READY=1" in manager.recv(65536).decode().split("\n"):
                        return self
                except TimeoutError:
                    pass
        raise RuntimeError(f"sweepd does not start: {self.log()}")

    def stop(self, number=signal.SIGTERM):
        """Returns its exit status."""
        if self.process is None:
            return 0
        if self.alive():
            self.process.send_signal(number)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        started.discard(self)
        return self.process.returncode

    def alive(self):
        return self.process.poll() is None

    def raw_log(self):
        return Path(self.log_path).read_bytes() if os.path.exists(self.log_path) else b""

    def log(self):
        return self.raw_log().decode(errors="replace")

    def log_tail(self):
        return "\n".join(self.log().splitlines()[-8:])

    def names(self, part):
        """The names (bytes) of the specs in done, failed or .claimed; of the waiting ones for "."."""
        try:
            found = os.listdir(os.path.join(os.fsencode(self.specs), part.encode()))
        except FileNotFoundError:
            return set()
        return {name for name in found if name.endswith(b".json") and not name.startswith(b".")}

    def report(self, name):
        path = os.path.join(os.fsencode(self.specs), b"failed", os.fsencode(name) + b".report.txt")
        return Path(os.fsdecode(path)).read_bytes() if os.path.exists(path) else b""

    def sweeps(self):
        return sorted(name for name in os.listdir(self.queue) if not name.startswith("."))

    def sweeps_of(self, name):
        return [n for n in self.sweeps() if re.fullmatch(re.escape(name) + "-[0-9a-f]+", n)]

    def does(self, name, timeout=TIMEOUT):
        """Drops a good spec; returns whether it becomes one sweep and the daemon stays alive."""
        drop(self.specs, f"{name}.json", spec(name))
        return wait(lambda: f"{name}.json".encode() in self.names("done"), timeout) and \
            self.alive() and len(self.sweeps_of(name)) == 1
