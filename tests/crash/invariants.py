#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Says everything that is wrong with a spool and its queue.

    tests/crash/invariants.py SPECS QUEUE DROPPED [--idle]

DROPPED is a JSON file: a list with an object for each spec that was dropped.

    digest    SHA-256 of its bytes
    name      as dropped, for messages
    kept      the drop was acknowledged: it must not get lost
    done      it was seen in done/ before the crash: its sweep must be there
    replaced  another spec of its name was put in its place: it may be gone
    verdict   good: it ends in done/ with its sweep; bad: in failed/, with a report

What holds at all times, also right after a crash: what was acknowledged is there; every spec is in
exactly one of SPECS, .claimed/, done/ and failed/, unchanged; what is in done/ has its sweep, and no
result that names another; what is in failed/ has its report; each entry of QUEUE is whole, all digests of its manifest right, with
no file more or less, and no spec has two. With --idle, after the daemon came to rest: nothing waits,
and nothing half made is left over.

Prints one violation a line. Exit status: 0 there is none, 1 there are some, 2 wrong usage.
"""
import hashlib
import json
import os
import sys

REPORT = ".report.txt"
RESULT = ".sweep"
PLACES = {"": "SPECS", ".claimed": ".claimed", "done": "done", "failed": "failed"}


def digest(data):
    return hashlib.sha256(data).hexdigest()


def read(path):
    with open(path, "rb") as stream:
        return stream.read()


def listed(directory):
    try:
        return sorted(os.listdir(directory))
    except FileNotFoundError:
        return []


def is_spec(name):
    return name.endswith(".json") and not name.startswith(".")


def is_text(name, end):
    """Whether it is what stands beside a spec."""
    return name.endswith(end) and is_spec(name[:-len(end)])


def specs_in(specs, place):
    """Yield (file name, digest) of the specs in one of the places."""
    for name in listed(os.path.join(specs, place)):
        path = os.path.join(specs, place, name)
        if is_spec(name) and not os.path.isdir(path):
            yield name, digest(read(path))


def files_below(top):
    """The files and the directories below it, as paths relative to it."""
    files, directories = set(), set()
    for path, below, names in os.walk(top):
        files.update(os.path.relpath(os.path.join(path, name), top) for name in names)
        directories.update(os.path.relpath(os.path.join(path, name), top) for name in below)
    return files, directories


def check_sweep(path):
    """Yield what is wrong with a sweep directory."""
    if not os.path.isdir(path):
        yield "is no directory"
        return
    files, directories = files_below(path)
    try:
        manifest = json.loads(read(os.path.join(path, "manifest.json")))
        wanted = manifest["files"]
        name = "%s-%s" % (manifest["name"], manifest["digest"][:8])
    except (OSError, ValueError, KeyError, TypeError) as problem:
        yield "has no manifest: %r" % problem
        return
    if name != os.path.basename(path):
        yield "is %s by its manifest" % name
    for file in sorted(files - set(wanted) - {"manifest.json"}):
        yield "has a file that is not in its manifest: %s" % file
    allowed = {"logs"}
    for file in wanted:
        while os.path.dirname(file):
            file = os.path.dirname(file)
            allowed.add(file)
    for directory in sorted(directories ^ allowed):
        yield "%s directory %s" % ("has the" if directory in directories else "lacks the", directory)
    size = 0
    for file, sha256 in wanted.items():
        if file not in files:
            yield "lacks %s" % file
            continue
        data = read(os.path.join(path, file))
        size += len(data)
        if digest(data) != sha256:
            yield "has another %s than its manifest says (%d bytes)" % (file, len(data))
    if len(wanted) != manifest.get("n_files") or size != manifest.get("n_bytes"):
        yield "has %d files of %d bytes, not what its manifest counts" % (len(wanted), size)


class Check:
    def __init__(self, specs, queue, dropped, idle):
        self.specs, self.queue, self.dropped, self.idle = specs, queue, dropped, idle
        self.found = []
        self.known = {spec["digest"]: spec for spec in dropped}
        self.places = {}  # digest: where it is
        self.sweeps = {}  # digest of the spec: sweep directories

    def say(self, kind, text, *arguments):
        self.found.append((kind, text % arguments))

    def look_for_specs(self):
        for place, label in PLACES.items():
            for name, sha256 in specs_in(self.specs, place):
                where = "%s/%s" % (label, name)
                self.places.setdefault(sha256, []).append(where)
                if sha256 not in self.known:
                    self.say("partial", "%s is nothing that was dropped (%d bytes)", where,
                             os.path.getsize(os.path.join(self.specs, place, name)))

    def look_at_queue(self):
        for name in listed(self.queue):
            if name.startswith("."):
                continue
            path = os.path.join(self.queue, name)
            for problem in check_sweep(path):
                self.say("partial", "QUEUE/%s %s", name, problem)
            source = os.path.join(path, "sweep.json")
            if not os.path.isfile(source):
                continue
            sha256 = digest(read(source))
            self.sweeps.setdefault(sha256, []).append(name)
            if self.known.get(sha256, {}).get("verdict") != "good":
                self.say("wrong", "QUEUE/%s is of no good spec that was dropped", name)

    def look_at_failed(self):
        """A report is there whenever its spec is, and says something."""
        failed = os.path.join(self.specs, "failed")
        for name in listed(failed):
            report = os.path.join(failed, name + REPORT)
            if is_spec(name) and not os.path.isfile(report):
                self.say("report", "failed/%s has no report", name)
            elif is_spec(name) and not read(report).strip():
                self.say("report", "failed/%s has an empty report", name)

    def look_at_done(self):
        """A result may be missing, but none is wrong: it names the sweep of the spec beside it."""
        done = os.path.join(self.specs, "done")
        for name, sha256 in specs_in(self.specs, "done"):
            result = os.path.join(done, name + RESULT)
            if os.path.lexists(result):
                named = os.path.basename(os.readlink(result)) if os.path.islink(result) else ""
                if named not in self.sweeps.get(sha256, []):
                    self.say("report", "done/%s has a result that names \"%s\"", name, named)

    def judge(self, spec):
        name, sha256 = spec["name"], spec["digest"]
        where = self.places.get(sha256, [])
        sweeps = self.sweeps.get(sha256, [])
        if len(where) > 1:
            self.say("twice", "%s is at %s", name, ", ".join(where))
        if len(sweeps) > 1:
            self.say("twice", "%s has become %s", name, ", ".join(sweeps))
        if not where and spec.get("kept") and not spec.get("replaced"):
            self.say("lost", "%s is nowhere", name)
        in_done = any(place.startswith("done/") for place in where)
        if spec["verdict"] == "good" and not sweeps and (in_done or spec.get("done")):
            self.say("lost", "%s was done, and has no sweep directory", name)
        if spec["verdict"] == "bad" and in_done:
            self.say("wrong", "%s is not valid, and in done/", name)
        if spec["verdict"] == "good" and any(place.startswith("failed/") for place in where):
            self.say("condemned", "%s is good, and in failed/", name)

    def look_for_leftovers(self):
        for place, label in (("", "SPECS"), (".claimed", ".claimed")):
            for name, _ in specs_in(self.specs, place):
                self.say("waiting", "%s/%s is still there", label, name)
        expected = {
            "": lambda name: name in (".claimed", "done", "failed"),
            ".claimed": lambda name: name.startswith(".lock"),
            "done": lambda name: is_spec(name) or is_text(name, RESULT),
            "failed": lambda name: is_spec(name) or is_text(name, REPORT),
        }
        for place, fits in expected.items():
            for name in listed(os.path.join(self.specs, place)):
                if not fits(name) and not (place in ("", ".claimed") and is_spec(name)):
                    self.say("leftover", "%s/%s", PLACES[place], name)
        for place, end in (("done", RESULT), ("failed", REPORT)):
            names = listed(os.path.join(self.specs, place))
            for name in names:
                if is_text(name, end) and name[:-len(end)] not in names:
                    self.say("leftover", "%s/%s is of no spec", place, name)
        for name in listed(self.queue):
            if name.startswith("."):
                self.say("leftover", "QUEUE/%s", name)

    def all(self):
        self.look_for_specs()
        self.look_at_queue()
        self.look_at_done()
        self.look_at_failed()
        for spec in self.dropped:
            self.judge(spec)
        if self.idle:
            self.look_for_leftovers()
        return self.found


def violations(specs, queue, dropped, idle=False):
    """A list of (kind, text). Kinds: lost, partial, twice, wrong, report, condemned; and when idle
    waiting, leftover."""
    return Check(specs, queue, dropped, idle).all()


def main(arguments):
    idle = "--idle" in arguments
    words = [word for word in arguments if word != "--idle"]
    if len(words) != 3:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    with open(words[2], encoding="utf-8") as stream:
        found = violations(words[0], words[1], json.load(stream), idle)
    for kind, text in found:
        print("%s: %s" % (kind, text))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
