# SPDX-License-Identifier: Apache-2.0
"""The daemon and its generators are killed again and again while good specs arrive.

However short its lives are, all good specs must be done in the end. With a spec whose generator kills
the daemon, and one that kills only its generator, exactly these two must fail. A reboot between the
deaths, simulated by other boot numbers in the names of claims, forgives all.
"""
import os
import random
import re
import time

import invariants
import parallel
import spool

SPECS, KILLS = 40, 30
RUNS = {False: 500, True: 2000}
ROUNDS = {False: 1, True: 3}
LIVES = {"short": (0.15, 0.6), "long": (0.5, 2)}  # seconds
REST = 300  # seconds for what is left after the last kill
NUMBER = re.compile(r"(\d+-\d+-\d+[sap])[0-9a-f]{8}(-.*)")

# Runs the real generator, unless the spec is a poison.
WRAPPER = """#!/bin/sh
for word; do
    [ "$before" != --as ] || known=$word
    before=$word
done
case $known in
*/poison.json) kill -KILL $PPID; sleep 60 ;;
*/crash.json) kill -SEGV $$ ;;
esac
exec %s "$@"
"""


def arrive(place, chance, dropped, runs, poison):
    """Drops up to five more specs."""
    for _ in range(chance.randrange(6)):
        if len(dropped) == SPECS:
            return
        name = "good%02d" % len(dropped)
        place.drop(name + ".json", spool.good(name, runs), "good")
        dropped.append(name)
        if poison and len(dropped) == SPECS // 4:
            place.drop("poison.json", spool.good("poison"), "poison")
            place.drop("crash.json", spool.good("crash"), "poison")


def reboot(place):
    """Gives the marks in the names of claims the number of another boot."""
    directory = place.specs + "/.claimed"
    for name in invariants.listed(directory):
        mark = NUMBER.fullmatch(name)
        if mark:
            os.rename(directory + "/" + name, "%s/%sffffffff%s" % (directory, mark[1], mark[2]))


def live(place, seconds):
    """Runs the daemon until it is killed, or dies; returns whether it was killed."""
    process = place.launch()
    end = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < end:
        time.sleep(0.005)
    killed = process.poll() is None
    generators = spool.children_of(process.pid) if killed else []
    process.kill()
    for pid in generators:
        spool.kill(pid)
    process.wait()
    spool.end_children()
    return killed


def finish(place):
    """Runs the daemon, again if it dies, until no spec is left; returns how often it died."""
    end = time.monotonic() + REST
    died = 0
    while time.monotonic() < end:
        process = place.launch("--once")
        while process.poll() is None and time.monotonic() < end:
            time.sleep(0.01)
        if process.poll() == 0:
            return died
        process.kill()
        process.wait()
        spool.end_children()
        died += 1
    return died


def deaths(case):
    root, seed, lives, jobs, poison, boots, runs = case
    chance = random.Random("%s %s" % (seed, root))
    place = spool.Spool(root)
    place.env["UV_THREADPOOL_SIZE"] = "2"
    place.options += ["--jobs", str(jobs), "--backoff", "1"]
    wrapper = root + "/sweepctl"
    with open(wrapper, "w", encoding="ascii") as stream:
        stream.write(WRAPPER % place.sweepctl)
    os.chmod(wrapper, 0o755)
    place.sweepctl = wrapper
    dropped, kills, wrong = [], 0, []
    while kills < KILLS or len(dropped) < SPECS:
        arrive(place, chance, dropped, runs, poison)
        kills += live(place, chance.uniform(*LIVES[lives]))
        if boots and chance.random() < 0.3:
            reboot(place)
        if place.is_idle() and len(dropped) == SPECS:
            break
    died = finish(place)
    wrong += ["%s: %s" % fault for fault in place.check(idle=True)]
    failed = {name for name in os.listdir(place.specs + "/failed") if name.endswith(".json")}
    wanted = {"poison.json", "crash.json"} if poison else set()
    if failed != wanted:
        wrong.append("failed are %s" % sorted(failed))
    if poison and b"error[gave-up]" not in place.report("poison.json"):
        wrong.append("the report says %r" % place.report("poison.json"))
    done = len([name for name in os.listdir(place.specs + "/done") if name.endswith(".json")])
    if not os.environ.get("KEEP"):
        spool.shutil.rmtree(root, ignore_errors=True)
    label = "%s lives, %d jobs%s%s" % (lives, jobs, ", poison" * poison, ", reboots" * boots)
    return (kills, died, done), ["%s: %s" % (label, fault) for fault in wrong]


def run(options):
    top = spool.scratch()
    kinds = [("short", 4, False, False), ("long", 4, True, False), ("short", 4, True, True),
             ("short", 1, True, False)]
    cases = [("%s/%d" % (top, number), options.seed, *kind, RUNS[options.long])
             for number, kind in enumerate(kinds * ROUNDS[options.long])]
    try:
        results, wrong = parallel.each(deaths, cases)
    finally:
        spool.shutil.rmtree(top, ignore_errors=True)
    kills, died, done = map(sum, zip(*results))
    return "%d times %d specs of %d runs, %d kills of the daemon, %d deaths by a poison: %d done" % (
        len(cases), SPECS, RUNS[options.long], kills, died, done), wrong
