# SPDX-License-Identifier: Apache-2.0
"""A sweepd under test, and what the tests of it have in common.

    SWEEPD and SWEEPCTL name the programs; KEEP=1 keeps what a test made; SWEEP_SEED is the seed.

Started as root, a test that calls become_user() gives up being root: an ordinary user is whom the
daemon is for, and root can neither be denied a file nor be shown somebody else's.
"""
import hashlib
import json
import os
import random
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
SWEEPD, SWEEPCTL = os.environ.get("SWEEPD", ""), os.environ.get("SWEEPCTL", "")
SEED = int(os.environ.get("SWEEP_SEED") or 1)
TIMEOUT = float(os.environ.get("SWEEP_TIMEOUT") or 120)
NOBODY = 65534

passed = failed = 0
absent, started = [], []


def check(what, ok, detail=""):
    global passed, failed
    if ok:
        passed += 1
    else:
        failed += 1
    print(f"{'ok  ' if ok else 'FAIL'}  {what}" + (f": {detail}" if detail and not ok else ""), flush=True)
    return ok


def lacks(what):
    """The machine cannot do this part: with CI=true a failure, else the test counts as skipped."""
    print(f"skipped: {what}", flush=True)
    absent.append(what)


def end():
    """The exit status."""
    print(f"{passed} passed, {failed} failed" + (f", {len(absent)} skipped" if absent else ""))
    if failed or not passed or (absent and os.environ.get("CI") == "true"):
        return 1
    return 77 if absent else 0


def wait(condition, timeout=TIMEOUT, every=0.02):
    limit = time.monotonic() + timeout
    while time.monotonic() < limit:
        if condition():
            return True
        time.sleep(every)
    return bool(condition())


def spec(name, **more):
    return json.dumps({"name": name, "base": "llama3_1/8B_lora_single_device", "grid": {"seed": [1, 2]},
                       "output_dir": "out/{name}/{run}", **more}, indent=2) + "\n"


def drop(directory, name, text):
    """The hand-over of a careful writer. Names and texts may be bytes."""
    hidden = os.path.join(os.fsencode(directory), b".new")
    with open(hidden, "wb") as f:
        f.write(text if isinstance(text, bytes) else text.encode())
    os.rename(hidden, os.path.join(os.fsencode(directory), os.fsencode(name)))


# --- what must not happen ---------------------------------------------------------------------------

BAD_CHARACTERS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def unprintable(text):
    """Where bytes are more than lines of text that can be shown on a terminal; or ''."""
    try:
        decoded = text.decode()
    except UnicodeDecodeError as error:
        return f"no UTF-8: {text[max(0, error.start - 40):error.start + 40]!r}"
    bad = BAD_CHARACTERS.search(decoded)
    return f"{decoded[max(0, bad.start() - 40):bad.start() + 40]!r}" if bad else ""


def snapshot(top, leave_out=(), links_too=True):
    """What is below `top`: a dictionary to compare. The number of links is somebody else's to change
    where the test makes hard links itself."""
    seen, waiting = {}, [os.fsencode(top)]
    leave_out = {os.fsencode(path) for path in leave_out}
    while waiting:
        path = waiting.pop()
        if path in leave_out:
            continue
        status = os.lstat(path)
        what = [stat.S_IFMT(status.st_mode), stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid,
                status.st_ino]
        if stat.S_ISDIR(status.st_mode):
            waiting += [os.path.join(path, name) for name in os.listdir(path)]
        else:
            what += [status.st_size, status.st_mtime_ns] + ([status.st_nlink] if links_too else [])
        if stat.S_ISREG(status.st_mode) and status.st_size < 1 << 24 and os.access(path, os.R_OK):
            with open(path, "rb") as f:
                what.append(hashlib.sha256(f.read()).hexdigest())
        if stat.S_ISLNK(status.st_mode):
            what.append(os.readlink(path))
        seen[path] = tuple(what)
    return seen


def difference(before, after):
    """'' or what is not as it was."""
    return "; ".join(f"{'gone' if p not in after else 'new' if p not in before else 'changed'}: {p!r}"
                     for p in sorted(before.keys() | after.keys()) if before.get(p) != after.get(p))


# --- the place and the user -------------------------------------------------------------------------

class Place:
    """A fresh directory that is removed at the end, also by root when the test is no longer root."""

    def __init__(self, label):
        for name, path in (("SWEEPD", SWEEPD), ("SWEEPCTL", SWEEPCTL)):
            if not os.access(path, os.X_OK):
                sys.exit(f"{label}: {name} must name an executable, not {path!r}")
        print(f"SWEEP_SEED={SEED}", flush=True)
        self.random = random.Random(SEED)
        self.top = os.path.realpath(tempfile.mkdtemp(prefix=f"{label}."))
        self.programs = SWEEPD, SWEEPCTL

    def path(self, *parts):
        return os.path.join(self.top, *parts)

    def become_user(self):
        """The programs come along: where they were built an ordinary user need not see them."""
        if os.geteuid() != 0:
            return False
        os.mkdir(self.path("bin"))
        self.programs = tuple(shutil.copy(program, self.path("bin")) for program in self.programs)
        for directory, _, files in os.walk(self.top):
            for path in [directory] + [os.path.join(directory, name) for name in files]:
                if os.lstat(path).st_uid == 0:
                    os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
        return True

    def close(self):
        if os.environ.get("KEEP"):
            print(f"kept: {self.top}")
        else:
            shutil.rmtree(self.top, ignore_errors=True)


def run(label, test, privileged=None):
    """Runs test(place) in a process of its own, which privileged(place) prepares as the user that
    we are. Without `privileged` the test keeps that user. Returns the exit status."""
    place = Place(label)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(f"{label}: told to stop"))
    child = os.fork()
    if child == 0:
        status = 1
        try:
            if privileged is not None:
                privileged(place)
                place.become_user()
            test(place)
            status = end()
        except BaseException:
            sys.excepthook(*sys.exc_info())
        finally:
            for daemon in started:
                daemon.end(signal.SIGKILL)
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
        place.close()
    return status if status >= 0 else 1


# --- the daemon -------------------------------------------------------------------------------------

def knows(option):
    """Whether sweepd has an option: what only some versions have is set where it is there."""
    text = subprocess.run([SWEEPD, "--help"], capture_output=True, check=True).stdout.decode()
    return re.search(rf"--(\[no-\])?{option}\b", text) is not None


class Daemon:
    def __init__(self, place, *options, specs=None, queue=None, label="sweepd"):
        self.sweepd, self.sweepctl = place.programs
        self.specs, self.queue = specs or place.path("specs"), queue or place.path("queue")
        self.log_path = place.path(f"{label}.log")
        self.options, self.process = list(options), None
        self.before, self.env = [], {}  # a program that runs it, more of its environment
        if os.geteuid() == 0 and knows("allow-root"):
            self.options.append("--allow-root")

    def start(self):
        env = {k: v for k, v in os.environ.items()
               if k not in ("NOTIFY_SOCKET", "JOURNAL_STREAM") and not k.startswith(("SWEEPD_", "XDG_", "RUNTIME_"))}
        env.update(HOME=os.path.dirname(self.log_path), **self.env)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager, open(self.log_path, "ab") as log:
            manager.bind("")  # a name of the kernel's choice
            env["NOTIFY_SOCKET"] = "@" + manager.getsockname()[1:].decode()
            manager.settimeout(0.2)
            self.process = subprocess.Popen(
                [*self.before, self.sweepd, "--specs", self.specs, "--queue", self.queue, "--sweepctl", self.sweepctl,
                 *self.options], stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=env)
            started.append(self)
            limit = time.monotonic() + TIMEOUT
            while time.monotonic() < limit and self.alive():
                try:
                    if "READY=1" in manager.recv(65536).decode().split("\n"):
                        return self
                except TimeoutError:
                    pass
        raise RuntimeError(f"sweepd does not start: {self.log()}")

    def alive(self):
        return self.process.poll() is None

    def raw_log(self):
        return Path(self.log_path).read_bytes() if os.path.exists(self.log_path) else b""

    def log(self):
        return self.raw_log().decode(errors="replace")

    def log_tail(self):
        return "\n".join(self.log().splitlines()[-8:])

    def names(self, part):
        """The specs (bytes) in done, failed or .claimed; '.' for those that are not taken."""
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
        """Whether it is alive and still does a good spec."""
        drop(self.specs, f"{name}.json", spec(name))
        return wait(lambda: f"{name}.json".encode() in self.names("done"), timeout) and \
            self.alive() and len(self.sweeps_of(name)) == 1

    def end(self, number=signal.SIGTERM):
        if self.process is None:
            return 0
        if self.alive():
            self.process.send_signal(number)
        try:
            return self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()
