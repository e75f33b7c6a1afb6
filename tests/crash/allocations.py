# SPDX-License-Identifier: Apache-2.0
"""Each allocation of the generator and of the daemon fails, alone or with all after it."""
import os
import random
import shutil
import signal
import subprocess

import invariants
import parallel
import spool
import workloads

OOM = os.environ.get("OOM", "")
SAMPLE = {"generator": 600, "conflict": 300, "daemon": 300}
SECONDS = 20
INVALID = 3  # exit status of sweepctl for an invalid spec, which out of memory must not have


def settings(at, sticky):
    return {"LD_PRELOAD": OOM, "OOM_AT": str(at), **({"OOM_STICKY": "1"} if sticky else {})}


def generate(root, **environment):
    return subprocess.run(
        [os.environ["SWEEPCTL"], "generate", "--json", "-o", root + "/queue", root + "/a.json"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=SECONDS,
        env={**os.environ, **environment}, check=False)


def make_generator(top):
    root = top + "/generator"
    os.makedirs(root + "/queue")
    with open(root + "/a.json", "w", encoding="utf-8") as stream:
        stream.write(spool.good("a"))
    return root


def judge_queue(root, status, stage_allowed):
    """Yields what a generator with this exit status should not have left there. Without any memory it
    cannot remove its stage, because listing a directory needs some."""
    names = invariants.listed(root + "/queue")
    if stage_allowed:
        names = [name for name in names if not name.startswith(".stage.")]
    for name in names:
        if name.startswith("."):
            yield "leaves %s" % name
        else:
            yield from ("%s %s" % (name, fault)
                        for fault in invariants.check_sweep(root + "/queue/" + name))
    if status == 0 and len(names) != 1:
        yield "exits with 0, and has made %s" % (names or "nothing")


def in_generator(case):
    top, at, sticky = case
    root = make_generator("%s/%d-%d" % (top, at, sticky))
    wrong = []
    try:
        done = generate(root, **settings(at, sticky))
        if done.returncode < 0:
            wrong.append("crashes: %s" % signal.Signals(-done.returncode).name)
        elif done.returncode == INVALID:
            wrong.append("calls the spec invalid")
        elif done.returncode != 0 and not done.stderr.strip():
            wrong.append("fails without a message")
        wrong += judge_queue(root, done.returncode, sticky)
        if invariants.listed(root + "/queue"):
            again = generate(root)
            wrong += ["then: " + fault for fault in judge_queue(root, again.returncode, sticky)]
            if again.returncode != 0:
                wrong.append("then: exits with %d" % again.returncode)
    except subprocess.TimeoutExpired:
        wrong.append("hangs")
    finally:
        shutil.rmtree(os.path.dirname(root))
    return None, ["generator, allocation %d%s: %s" % (at, " and all after it" * sticky, fault)
                  for fault in wrong]


def make_conflict(top):
    """A queue that has a sweep of another name, whose runs write to the same directories."""
    root = make_generator(top)
    for name, runs in (("b", 3), ("a", 2)):
        spec = spool.good(name, runs=runs).replace("{name}", "all")
        with open(root + "/a.json", "w", encoding="utf-8") as stream:
            stream.write(spec)
        if name == "b":
            generate(root)
    return root


def in_conflict(case):
    top, at, sticky = case
    root = make_conflict("%s/conflict-%d-%d" % (top, at, sticky))
    wrong = []
    try:
        done = generate(root, **settings(at, sticky))
        if done.returncode < 0:
            wrong.append("crashes: %s" % signal.Signals(-done.returncode).name)
        elif done.returncode == 0:
            wrong.append("generates a sweep in spite of the other one")
        elif not done.stderr.strip():
            wrong.append("fails without a message")
    except subprocess.TimeoutExpired:
        wrong.append("hangs")
    finally:
        shutil.rmtree(os.path.dirname(root))
    return None, ["generator next to another sweep, allocation %d%s: %s"
                  % (at, " and all after it" * sticky, fault) for fault in wrong]


def in_daemon(case):
    template, at, sticky = case
    root = "%s/daemon-%d-%d" % (os.path.dirname(template.root), at, sticky)
    wrong = []
    try:
        place = template.copy(root)
        process = place.launch("--once", env=settings(at, sticky))
        if place.wait_idle(process, 0.5):
            try:
                process.wait(2)
            except subprocess.TimeoutExpired:
                pass
        process.kill()
        process.wait()
        # libuv calls abort() when its first allocations fail.
        crashes = {-signal.SIGSEGV, -signal.SIGBUS}
        if process.returncode in crashes or "Assertion" in place.log():
            wrong.append("crashes: exited with %d" % process.returncode)
        spool.end_children()
        wrong += place.recover()
    finally:
        shutil.rmtree(root, ignore_errors=True)
    return None, ["daemon, allocation %d%s: %s" % (at, " and all after it" * sticky, fault)
                  for fault in wrong]


def count_allocations(top, template):
    """How many a generator and a daemon make if none fails."""
    generate(make_generator(top + "/count"), LD_PRELOAD=OOM, OOM_COUNT=top + "/n")
    with open(top + "/n", encoding="ascii") as stream:
        generator = int(stream.read())
    done = generate(make_conflict(top + "/count-conflict"), LD_PRELOAD=OOM, OOM_COUNT=top + "/n")
    if done.returncode != INVALID:
        raise RuntimeError("two sweeps share a directory, and generate exits with %d" % done.returncode)
    with open(top + "/n", encoding="ascii") as stream:
        conflict = int(stream.read())
    place = template.copy(top + "/count-daemon")
    process = place.launch("--once", env={"LD_PRELOAD": OOM, "OOM_COUNT": top + "/n"})
    process.wait(spool.IDLE_SECONDS)
    with open(top + "/n", encoding="ascii") as stream:
        return generator, conflict, int(stream.read())


def choose(kind, first, total, options):
    cases = [(first, at, sticky) for at in range(1, total + 1) for sticky in (False, True)]
    if options.long or len(cases) <= SAMPLE[kind]:
        return cases
    return random.Random(options.seed).sample(cases, SAMPLE[kind])


def run(options):
    top = spool.scratch()
    try:
        template = workloads.make_templates(top, (2,))[2]
        generator, conflict, daemon = count_allocations(top, template)
        one = choose("generator", top, generator, options)
        other = choose("daemon", template, daemon, options)
        _, wrong = parallel.each(in_generator, one)
        _, more = parallel.each(in_daemon, other)
        beside = choose("conflict", top, conflict, options)
        _, clashes = parallel.each(in_conflict, beside)
    finally:
        shutil.rmtree(top, ignore_errors=True)
    return ("%d of the generator's %d allocations failed once or for good, %d of the daemon's %d, "
            "and %d of %d next to a sweep with the same directories"
            % (len(one), 2 * generator, len(other), 2 * daemon, len(beside), 2 * conflict)
            ), wrong + more + clashes
