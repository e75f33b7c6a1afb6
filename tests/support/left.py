# SPDX-License-Identifier: Apache-2.0
"""A sweep directory as its jobs leave it, made by hand: attempts, logs, submissions, logs of steps.

    sweep = Left(sweepctl, scratch, runs=4)
    sweep.submit("a", job=77)
    sweep.attempt("run_000", "end class=done rc=0 signal=")
    sweep.steps("run_000", 48)

What the job script writes is described in sweepd-slurm(7).
"""
import csv
import hashlib
import json
import os
import subprocess

BASE = "llama3_1/8B_lora_single_device"
START = 1795973132  # 2026-11-29T17:25:32Z
STEP = "Step {step} | loss:{loss} lr:1e-06 tokens_per_second_per_gpu:{speed} peak_memory_reserved:{memory} \n"


class Left:
    def __init__(self, sweepctl, parent, runs=4, name="left", options=(), **more):
        spec = {"name": name, "base": BASE, "grid": {"seed": list(range(runs))},
                "output_dir": "out/{name}/{run}", **more}
        path = os.path.join(parent, name + ".json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(spec, file)
        done = subprocess.run([sweepctl, "generate", "-q", path, "-o", os.path.join(parent, "queue"),
                               *options], text=True,
                              capture_output=True, check=True, timeout=120)
        self.path = done.stdout.strip().splitlines()[-1]
        with open(os.path.join(self.path, "run_mapping.csv"), encoding="utf-8", newline="") as file:
            self.runs = [row["run"] for row in csv.DictReader(file)]
        self.name = name
        self.out = os.path.join(parent, "out", name)
        self.job = 77

    def write(self, name, text):
        path = os.path.join(self.path, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8", newline="") as file:
            file.write(text)

    def seal(self, name):
        """Makes the manifest agree with a file that was written."""
        path = os.path.join(self.path, "manifest.json")
        with open(path, encoding="utf-8") as file:
            manifest = json.load(file)
        with open(os.path.join(self.path, name), "rb") as file:
            manifest["files"][name] = hashlib.sha256(file.read()).hexdigest()
        with open(path, "w", encoding="utf-8") as file:
            json.dump(manifest, file)

    def submit(self, name, job, state="confirmed", runs=None, at=START - 60):
        """One job array; task k does runs[k]."""
        runs = self.runs if runs is None else runs
        self.write(f"submissions/{name}.runs", "".join(run + "\n" for run in runs))
        self.write(f"submissions/{name}", f"token=tok-{name}\nscript=sweep.sbatch\nruns={name}.runs\njob={job}\n"
                                          f"state={state}\nat={at}\n")

    def output(self, run, number=1):
        return os.path.join(self.out, run, *([f"attempt_{number}"] if number > 1 else []))

    def attempt(self, run, *lines, number=1, start=START, host="n1", end="\n"):
        """A file of status/: a start line, then these lines, each a second later."""
        index = self.runs.index(run)
        first = f"start {self.job}.{index} restart={number - 1} job={self.job + 1 + index} host={host} " \
                f"output={self.output(run, number)}"
        text = "\n".join(f"{start + i} {line}" for i, line in enumerate((first, *lines)))
        self.write(f"status/{run}.{number}", text + end)

    def log(self, run, text, number=1):
        self.write(f"logs/{run}.{number}.log", text)

    def slurm_log(self, run, text):
        self.write(f"logs/{self.name}-{self.job}_{self.runs.index(run)}.out", text)

    def steps(self, run, count, number=1, at=START, first=1, loss=lambda step: 5 - step / 100, end=""):
        """The trainer's log of steps."""
        path = os.path.join(self.output(run, number), "logs", f"log_{at}.txt")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            for step in range(first, first + count):
                file.write(STEP.format(step=step, loss=loss(step), speed=7000.5, memory=12.25))
            file.write(end)
        return path
