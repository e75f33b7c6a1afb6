# SPDX-License-Identifier: Apache-2.0
"""What tests share that train on a real Slurm: a scratch directory, a daemon, a cluster, a tiny model.

    SWEEPD, SWEEPCTL   the programs
    TORCHTUNE_VENV     made by `tests/support/environment torchtune DIR`
    SWEEP_TIMEOUT      seconds that each part of the training may take (600)
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path

import checks
from checks import check, finish, skip
from sweepd import Directory, Sweepd, stop_all

HERE = Path(__file__).resolve().parent
CLUSTER = HERE.parent / "slurm" / "cluster"


class Abort(Exception):
    """The test cannot continue; the text says why."""


def tail(*files, lines=15):
    """The last lines of files, for a message."""
    text = ""
    for file in files:
        try:
            last = Path(file).read_text(errors="replace").splitlines()[-lines:]
        except OSError as error:
            last = [str(error)]
        text += f"\n--- {file}\n" + "\n".join(last)
    return text


def listing(directory):
    return "\n".join(str(path) for path in sorted(directory.rglob("*")))


def wait_for(what, probe, timeout, report=lambda: "", pause=0.02):
    """Returns the first true result of probe(); after a timeout aborts with the text of report()."""
    end = time.monotonic() + timeout
    while True:
        answer = probe()
        if answer:
            return answer
        if time.monotonic() > end:
            raise Abort(f"{what}: not within {timeout} s{report()}")
        time.sleep(pause)


def run(what, command, timeout, **options):
    """Returns the output of a command; aborts if it fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, **options)
    except subprocess.TimeoutExpired:
        raise Abort(f"{what}: not within {timeout} s") from None
    except OSError as error:
        raise Abort(f"{what}: {error}") from None
    if done.returncode != 0:
        raise Abort(f"{what}: exit status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


class Stack(Directory):
    """A scratch directory, the daemon, and the environment of jobs."""

    def __init__(self, venv):
        # In /tmp: the path of a Unix socket must be short.
        super().__init__(tempfile.mkdtemp(prefix="e2e.", dir="/tmp"))
        self.scratch, self.venv = Path(self.top), venv
        self.python = venv / "bin" / "python"
        self.results = self.scratch / "results"
        self.base = self.scratch / "tiny" / "base.yaml"
        self.state = self.scratch / "slurm"
        self.daemon = Sweepd(self, "", "--bases", str(self.scratch / "tiny"))
        self.specs, self.queue = Path(self.daemon.specs), Path(self.daemon.queue)
        self.timeout = int(os.environ.get("SWEEP_TIMEOUT", "600"))
        self.env = {
            **os.environ,
            "PATH": f"{venv / 'bin'}:{os.environ['PATH']}",
            # The cache of converted data sets would be written to the home directory.
            "HF_HOME": str(self.scratch / "hf"),
            "HF_HUB_OFFLINE": "1",
            # Tasks ask for one CPU, and sums must have the same order in each run.
            "OMP_NUM_THREADS": "1",
        }
        self.started = time.monotonic()

    def stop(self):
        stop_all()
        subprocess.run([CLUSTER, "down", self.state], timeout=60, check=False)

    def progress(self, text):
        print(f"[{time.monotonic() - self.started:5.1f} s] {text}", flush=True)

    def daemon_report(self):
        return f"\n{listing(self.specs)}\n{listing(self.queue)}\n{self.daemon.log_tail()}"

    def start_cluster(self, **variables):
        """`variables` are those of tests/slurm/cluster."""
        try:
            done = subprocess.run([CLUSTER, "up", self.state], timeout=90, check=False,
                                  env={**os.environ, "CLUSTER_CPUS": "16", **variables})
        except subprocess.TimeoutExpired:
            raise Abort("the cluster does not start within 90 s") from None
        if done.returncode == 77:
            skip("needs Slurm, see above")
        if done.returncode != 0:
            raise Abort("the cluster does not start")
        # What sweepctl keeps about this cluster is gone with it.
        self.env["XDG_CACHE_HOME"] = str(self.state / "cache")
        self.env["SLURM_CONF"] = run(
            "reading STATE/env", ["sh", "-c", '. "$1/env" && printf %s "$SLURM_CONF"', "sh", self.state], 10)

    def make_model(self, *options):
        """`options` are those of tiny_model.py."""
        run("making the tiny model", [self.python, HERE / "tiny_model.py", *options, self.base.parent], 180,
            env=self.env)

    def stop_daemon(self):
        status = self.daemon.stop()
        check("sweepd exits with 0 after SIGTERM", status == 0, f"{status}\n{self.daemon.log_tail()}")


def main(test):
    """Runs test(stack) and cleans up; returns the exit status."""
    venv = os.environ.get("TORCHTUNE_VENV")
    if not venv or not os.access(Path(venv, "bin", "tune"), os.X_OK):
        skip("needs TORCHTUNE_VENV, an environment with torchtune (see tests/support/environment)")
    stack = Stack(Path(venv).absolute())
    # So that a signal also stops the cluster.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    keep = True
    try:
        test(stack)
        keep = checks.failed > 0
    except Abort as error:
        check("the test runs to the end", False, error)
    except SystemExit as error:
        keep = error.code != 77
        raise
    except Exception:  # unexpected output of a program
        check("the test runs to the end", False, traceback.format_exc())
    finally:
        stack.stop()
        if keep:
            print(f"kept: {stack.scratch}", flush=True)
        else:
            shutil.rmtree(stack.scratch, ignore_errors=True)
    return finish()
