# SPDX-License-Identifier: Apache-2.0
"""The specs that the daemon processes while it is killed or its system calls fail."""
import os
import re
import signal
import subprocess
import time

import invariants
import spool

STRIKE = os.environ.get("STRIKE", "")
LONGEST = 20.0  # seconds that a run may take, on a busy machine
GENERATOR, RENAMEAT2 = 1, 316  # a role in strike.c, a system call number


def name_of(number, _names={}):
    """The name of a system call."""
    if not _names:
        done = subprocess.run(["cc", "-E", "-dM", "-xc", "-include", "asm/unistd_64.h", "/dev/null"],
                              capture_output=True, text=True, check=True)
        _names.update((int(value), name)
                      for name, value in re.findall(r"#define __NR_(\w+) (\d+)", done.stdout))
    return _names.get(number, "call %d" % number)


class Missed(Exception):
    """The call to strike had another number this time, because of other threads."""


def two_good(place):
    place.drop("a.json", spool.good("a"), "good")
    place.drop("b.json", spool.good("b"), "good")


def one_of_each(place):
    place.drop("a.json", spool.good("a"), "good")
    place.drop("invalid.json", spool.invalid("invalid"), "bad")
    place.drop("oversized.json", spool.oversized("oversized"), "bad")


def many(place):
    for number in range(12):
        place.drop("m%02d.json" % number, spool.good("m%02d" % number), "good")


def leftovers(place):
    """A daemon was killed when its generator was about to commit a stage; another spec was dropped."""
    place.drop("a.json", spool.good("a"), "good")
    run_struck(place, ["--record"])
    commit = next(int(n) for role, n, number, _ in record_of(place)
                  if (role, number) == (GENERATOR, RENAMEAT2))
    place.drop("b.json", spool.good("b"), "good")
    run_struck(place, ["--kill-all"], GENERATOR, commit)
    stages = [name for name in os.listdir(place.queue) if name.startswith(".stage.")]
    claimed = [name for name in os.listdir(place.specs + "/.claimed") if invariants.is_spec(name)]
    if not stages or not claimed:
        raise Missed("the third workload's leftovers are %s and %s" % (stages, claimed))
    place.drop("c.json", spool.good("c"), "good")


def interfere(place, process):
    """Replaces a waiting spec and sends SIGHUP."""
    end = time.monotonic() + 1
    while time.monotonic() < end and not os.path.isdir(place.specs + "/done"):
        time.sleep(0.001)
    # This may be called several times: another spec each time, and another sweep, because two sweeps
    # of one name would write to the same directories.
    number = len(place.dropped)
    place.drop("m11.json", spool.good("m11-%d" % number, runs=3 + number), "good")
    if process.poll() is None:
        process.send_signal(signal.SIGHUP)


# Number: (what drops the specs, what happens while the daemon runs).
WORKLOADS = {1: (two_good, None), 2: (one_of_each, None), 3: (leftovers, None),
             4: (many, interfere)}


def record_of(place):
    """The lines of numbers that strike wrote."""
    try:
        with open(place.root + "/record", encoding="ascii") as stream:
            return [tuple(map(int, line.split())) for line in stream]
    except FileNotFoundError:
        return []


def run_struck(place, action, *where, during=None, patience=0.5):
    """Runs the daemon under strike until it exits, is idle, or has made no progress for `patience`
    seconds after it was struck; then stops it. Returns the struck call, or None, and whether all specs
    are done."""
    process = place.launch(
        "--once", before=[STRIKE, *action, place.root + "/record", *map(str, where), "--"])
    if during is not None:
        during(place, process)
    end = time.monotonic() + LONGEST
    done = place.wait_idle(process, patience)
    while not done and process.poll() is None and time.monotonic() < end:
        if action != ["--record"] and record_of(place):
            end = min(end, time.monotonic() + patience)
        done = place.wait_idle(process, 0.05)
    try:
        process.wait(2 if done else 0)
    except subprocess.TimeoutExpired:
        for pid in spool.children_of(process.pid) + [process.pid]:
            spool.kill(pid)
        process.wait()
    return next(iter(record_of(place)), None), done


def strike(template, workload, root, action, *where, alone=False, patience=0.5):
    """Runs a workload under strike. Returns the struck call, whether all specs are done nevertheless,
    and what is wrong then and after a restart. Unless `alone`, the daemon's children are killed too."""
    place = template.copy(root)
    if os.path.exists(place.root + "/record"):
        os.unlink(place.root + "/record")
    struck, done = run_struck(place, action, *where, during=WORKLOADS[workload][1],
                              patience=patience)
    if not alone:
        spool.end_children()
    return struck, done, place.recover()


def make_template(root, begin, tries=10):
    for attempt in range(tries):
        place = spool.Spool("%s.%d" % (root, attempt))
        try:
            begin(place)
            return place
        except Missed:
            if attempt == tries - 1:
                raise
        finally:
            spool.end_children()


def make_templates(top, numbers=tuple(WORKLOADS)):
    return {number: make_template("%s/workload%d" % (top, number), WORKLOADS[number][0])
            for number in numbers}


def record_calls(templates, top):
    """Yields (workload, role, n, call, kind) for each system call of each workload."""
    for workload, template in templates.items():
        place = template.copy("%s/record%d" % (top, workload))
        run_struck(place, ["--record"], during=WORKLOADS[workload][1])
        spool.end_children()
        for call in record_of(place):
            yield workload, *call
