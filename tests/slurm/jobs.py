# SPDX-License-Identifier: Apache-2.0
"""A sweep on a temporary Slurm cluster, with a stand-in for the trainer.

    with Cluster(nodes=2) as cluster:
        sweep = cluster.sweep({"grid": {"seed": [1, 2]}})
        sweep.submit()
        cluster.wait()
        sweep.starts()      # what the stand-in recorded
"""
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

from checks import program, skip

HERE = Path(__file__).resolve().parent
BASE = "llama3_1/8B_lora_single_device"

# Called like the trainer's launcher. It records each start, fails if the output directory already has
# results, and does what the file do/RUN says: a line of bash, which it reads before it records the start.
TRAINER = r"""#!/bin/bash
config=${*: -1}
[[ $config == *.yaml ]] || config=$(printf '%s\n' "$@" | grep -m 1 'yaml$')
run=$(basename "$config" .yaml)
run=${run%%.*}
output=$(sed -n 's/^output_dir: "\{0,1\}\([^"]*\)"\{0,1\}$/\1/p' "$config")
line=
[[ ! -e $RECORD/do/$run ]] || line=$(<"$RECORD/do/$run")
printf '%s %s %s %s\n' "$run" "$$" "$PPID" "$output" >>"$RECORD/starts"
mkdir -p "$output" && (set -C; echo "$*" >"$output/result") || exit 99
eval "$line"
"""


def ended(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True


def has_slurm():
    return bool(shutil.which("sbatch")) or os.path.exists("/usr/bin/sbatch")


class Cluster:
    """A running cluster, and a scratch directory with a difficult name."""

    def __init__(self, nodes=1, name="q sp ace's $HOME %j [x] \u00e9", **settings):
        if not has_slurm():
            skip("needs Slurm")
        self.sweepctl = program("SWEEPCTL")
        self.state = Path(tempfile.mkdtemp(prefix="fence-"))
        self.place = self.state / name
        environment = dict(os.environ, **{"CLUSTER_" + key: str(value)
                                          for key, value in settings.items()})
        done = subprocess.run([HERE / "cluster", "up", self.state / "c", str(nodes)], timeout=120,
                              env=environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            shutil.rmtree(self.state)
        if done.returncode == 77:
            skip(done.stderr.strip())
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        self.bin, self.record, self.start = (self.place / name for name in ("bin", "record", "start"))
        for directory in self.bin, self.record / "do", self.start:
            directory.mkdir(parents=True)
        (self.bin / "tune").write_text(TRAINER, "utf-8")
        (self.bin / "tune").chmod(0o755)
        self.env = {key: value for key, value in os.environ.items()
                    if not key.startswith(("SLURM", "SBATCH"))}
        self.env.update(SLURM_CONF=str(self.state / "c" / "slurm.conf"), RECORD=str(self.record),
                        XDG_CACHE_HOME=str(self.place / "cache"),
                        PATH=f"{self.bin}:{os.environ['PATH']}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        keep = [] if os.environ.get("KEEP") else ["--wipe"]
        subprocess.run([HERE / "cluster", "down", self.state / "c", *keep], timeout=120, check=False)
        if keep:
            shutil.rmtree(self.state, ignore_errors=True)
        else:
            print(f"kept: {self.state}")

    def run(self, *command, cwd=None, check=True, **more):
        done = subprocess.run(command, cwd=cwd or self.start, env={**self.env, **more}, text=True,
                              capture_output=True, timeout=120, check=False,
                              stdin=subprocess.DEVNULL)
        if check and done.returncode != 0:
            raise RuntimeError(f"{command}: {done.returncode}: {done.stdout}{done.stderr}")
        return done

    def sweep(self, spec, queue="queue"):
        file = self.place / "spec.json"
        file.write_text(json.dumps({"name": "fen", "base": BASE, "output_dir": "out/{name}/{run}", **spec}),
                        "utf-8")
        done = self.run(self.sweepctl, "generate", "-q", "-o", self.place / queue, file)
        return Sweep(self, Path(done.stdout.rstrip("\n")))

    def wait(self, seconds=90):
        """Until no job is pending or running."""
        end = time.monotonic() + seconds
        while self.run("squeue", "-h").stdout.strip():
            if time.monotonic() > end:
                raise RuntimeError("jobs do not end: " + self.run("squeue").stdout)
            time.sleep(0.1)

    def pid(self, daemon):
        for line in (self.state / "c" / "pids").read_text().splitlines():
            if line.split()[2] == daemon:
                return int(line.split()[0])
        raise RuntimeError("no " + daemon)

    def kill(self, daemon, number=signal.SIGKILL):
        """Ends a daemon and starts it again."""
        self.stop(daemon, number)
        self.run(HERE / "cluster", "start", self.state / "c", daemon)

    def stop(self, daemon, number=signal.SIGKILL):
        """Ends a daemon."""
        pid = self.pid(daemon)
        os.kill(pid, number)
        self.until(daemon + " has ended", lambda: ended(pid))

    def freeze(self, daemon, seconds):
        pid = self.pid(daemon)
        os.kill(pid, signal.SIGSTOP)
        try:
            time.sleep(seconds)
        finally:
            os.kill(pid, signal.SIGCONT)

    def until(self, what, probe, seconds=60):
        end = time.monotonic() + seconds
        while not probe():
            if time.monotonic() > end:
                raise RuntimeError(f"not within {seconds} s: {what}")
            time.sleep(0.05)

    def do(self, run, line):
        (self.record / "do" / run).write_text(line + "\n", "utf-8")

    def starts(self):
        """[run, pid, parent, output] of each start of the stand-in."""
        file = self.record / "starts"
        lines = file.read_text("utf-8").splitlines() if file.exists() else []
        return [line.split(" ", 3) for line in lines]

    def forget(self):
        (self.record / "starts").unlink(missing_ok=True)
        for file in (self.record / "do").iterdir():
            file.unlink()


class Sweep:
    def __init__(self, cluster, directory):
        self.cluster, self.directory = cluster, directory

    def submit(self, *args, **more):
        """Submits all runs that are not done, also again. Returns the ids of the job arrays."""
        done = self.cluster.run(self.directory / "submit.sh", "--again", "--settle", "0", *args, **more)
        return re.findall(r"\d+", done.stdout)

    def sbatch(self, *options, runs=None, cwd=None):
        """Submits runs without submit.sh, from the start directory."""
        words = ["sbatch", "--parsable", "--output=" + str(self.cluster.state / "%A_%a.out"), *options]
        if runs:
            file = Path(tempfile.mkstemp(dir=self.cluster.state, suffix=".runs")[1])
            file.write_text("".join(run + "\n" for run in runs))
            words += [f"--array=0-{len(runs) - 1}", self.directory / "sweep.sbatch", self.directory, file]
        else:
            words += [self.directory / "sweep.sbatch", self.directory]
        return self.cluster.run(*words, cwd=cwd).stdout.strip()

    def status(self, run, attempt=1):
        """The lines of an attempt, without the times."""
        file = self.directory / "status" / f"{run}.{attempt}"
        return [line.split(" ", 1)[1] for line in file.read_text("utf-8").splitlines()]

    def attempts(self, run):
        return len(list((self.directory / "status").glob(run + ".[0-9]*")))

    def log(self, run, attempt=1):
        return (self.directory / "logs" / f"{run}.{attempt}.log").read_text("utf-8", "replace")


sys.dont_write_bytecode = True
