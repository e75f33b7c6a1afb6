"""Runs configs in forks of a process that has imported everything.

Each run is a child process with its own copy of the data and output directory, without network, and with
limits of memory and time.
"""

import ctypes
import gc
import importlib
import json
import os
import shutil
import signal
import sys
import time
from pathlib import Path

import shrunk
import trial
import working

WALL = 20  # seconds that a run may take
POLL = 0.003
CLONE_NEWNET, CLONE_NEWUSER = 0x40000000, 0x10000000
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3


def set_environment(scratch):
    """One thread, no network, our own caches. Must be called before imports."""
    os.environ.update({
        "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false",
        "HF_HOME": str(scratch / "hf"), "HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1",
        "HF_DATASETS_DISABLE_PROGRESS_BARS": "1", "CUDA_VISIBLE_DEVICES": "",
        "TORCHINDUCTOR_CACHE_DIR": str(scratch / "inductor"), "PYTHONDONTWRITEBYTECODE": "1",
    })


def keep_memory():
    """Keeps freed memory in the process, because a tiny run is mostly page faults."""
    libc = ctypes.CDLL(None)
    libc.mallopt(M_MMAP_THRESHOLD, 1 << 28)
    libc.mallopt(M_TRIM_THRESHOLD, 1 << 29)


def cut_network():
    """Leaves the network namespace, if allowed. (The caches are offline anyway.)"""
    libc = ctypes.CDLL(None)
    if libc.unshare(CLONE_NEWNET) != 0:
        libc.unshare(CLONE_NEWUSER | CLONE_NEWNET)


def import_all(recipes):
    """Imports torchtune and the recipes; returns (site-packages, {recipe: module})."""
    import torch
    import torchtune

    torch.set_num_threads(1)
    site = Path(torchtune.__file__).parent.parent
    shrunk.install()
    return site, {name: trial.load_recipe(site, name) for name in recipes}


class Slot:
    """A copy of the data for one run at a time; each run finds it unchanged."""

    def __init__(self, scratch, number, original):
        self.directory = scratch / f"slot{number}"
        self.result = scratch / f"result{number}.json"
        self.phase = scratch / f"phase{number}"
        self.output = scratch / f"output{number}.txt"
        self.original = original
        shutil.copytree(original, self.directory)
        self.known = self.listing()

    def listing(self):
        found = {}
        for top, _, files in os.walk(self.directory):
            for name in files:
                path = os.path.join(top, name)
                status = os.lstat(path)
                found[path] = (status.st_size, status.st_mtime_ns)
        return found

    def clean(self):
        """Restores files that a run has created, changed or removed."""
        for entry in self.directory.iterdir():
            if entry.is_dir() and not (self.original / entry.name).exists():
                shutil.rmtree(entry, ignore_errors=True)
        found = self.listing()
        for path in found.keys() - self.known.keys():
            os.unlink(path)
        for path in self.known:
            if found.get(path) != self.known[path]:
                shutil.copy2(self.original / os.path.relpath(path, self.directory), path)


class Run:
    """A child that runs one config in a slot."""

    def __init__(self, slot, module, text, fresh=False, show=False):
        self.slot, self.started = slot, time.monotonic()
        slot.result.unlink(missing_ok=True)
        slot.phase.write_text("parse")
        config = slot.directory / "config.yaml"
        config.write_bytes(text.replace("@DIR@", str(slot.directory)).encode())
        self.pid = os.fork()
        if self.pid == 0:
            self._child(module, config, fresh, show)

    def _child(self, module, config, fresh, show):
        code = 1
        try:
            os.setsid()
            if not show:
                output = os.open(self.slot.output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
                os.dup2(output, 1)
                os.dup2(output, 2)
            os.chdir(self.slot.directory)
            before = set(sys.modules)
            trial.limit()
            verdict = trial.conduct(module, config, self.slot.directory, self.slot.phase, fresh,
                                    show)
            verdict["modules"] = sorted(set(sys.modules) - before)
            self.slot.result.write_text(json.dumps(verdict))
            code = 0
        finally:
            sys.stdout.flush()
            os._exit(code)

    def ended(self):
        """Whether the child has exited. It stays a zombie, so that its pid is not reused."""
        how = os.WEXITED | os.WNOHANG | os.WNOWAIT
        return os.waitid(os.P_PID, self.pid, how) is not None

    def kill(self):
        """Kills the child and its process group."""
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            os.kill(self.pid, signal.SIGKILL)

    def poll(self):
        """The verdict, or None while the child runs."""
        late = time.monotonic() - self.started > WALL
        if not late and not self.ended():
            return None
        self.kill()
        _, status = os.waitpid(self.pid, 0)
        seconds = round(time.monotonic() - self.started, 2)
        try:
            verdict = json.loads(self.slot.result.read_text())
        except (OSError, ValueError):
            verdict = {"verdict": "timeout" if late else "killed", "losses": {}, "weights": None,
                       "phase": self.slot.phase.read_text().strip(),
                       "message": f"wait status {status}"}
        self.slot.clean()
        return {**verdict, "seconds": seconds}

    def wait(self):
        while (verdict := self.poll()) is None:
            time.sleep(POLL)
        return verdict


class Court:
    """Runs configs in several children at a time."""

    def __init__(self, scratch, recipes, jobs):
        set_environment(scratch)
        keep_memory()
        self.site, self.modules = import_all(recipes)
        working.make_files(scratch / "original")
        cut_network()
        self.slots = [Slot(scratch, number, scratch / "original") for number in range(jobs)]

    def files(self):
        """The names of the data files that configs can name."""
        return sorted(os.path.relpath(path, self.slots[0].directory)
                      for path in self.slots[0].known)

    def run(self, cases):
        """Yields (key, verdict) for each (key, recipe, text, fresh) of CASES, in the order of completion."""
        free, running = list(self.slots), {}
        cases, more = iter(cases), True
        while more or running:
            while more and free:
                case = next(cases, None)
                more = case is not None
                if more:
                    key, recipe, text, fresh = case
                    slot = free.pop()
                    running[slot] = (key, Run(slot, self.modules[recipe], text, fresh))
            time.sleep(POLL)
            for slot, (key, run) in list(running.items()):
                verdict = run.poll()
                if verdict is not None:
                    del running[slot]
                    free.append(slot)
                    yield key, verdict

    def warm_up(self, bases):
        """Imports what the recipes import late, and fills the data caches of the slots."""
        found = set()
        for slot in self.slots:
            for recipe, text in bases.values():
                found.update(Run(slot, self.modules[recipe], text).wait().pop("modules", ()))
        for name in sorted(found):
            try:
                importlib.import_module(name)
            except Exception:  # e.g. one that was created at run time
                pass
        gc.collect()
        gc.freeze()
