#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks the invariants of a spool and its queue.

    tests/crash/invariants.py SPECS QUEUE DROPPED [--idle]

DROPPED is a JSON file: a list with an object per dropped spec.

    digest    SHA-256 of its bytes
    name      as dropped, for messages
    kept      it was dropped completely: it must not get lost
    done      it was seen in done/ before the crash: its sweep must exist
    replaced  it was replaced by another spec of its name: it may be gone
    verdict   good: must become a sweep, in done/; bad: must fail, with a report

At any time, also right after a crash: each kept spec is in exactly one of SPECS, .claimed/, done/ and
failed/, unchanged. Each spec in done/ has exactly one sweep, and its result, if there is one, names it;
each spec in failed/ has a report. Each sweep directory is complete, with the files and digests of its
manifest and no others. With --idle, when the daemon is idle: no spec waits, and no stage or other
temporary file is left.

Prints one violation per line. Exit status: 0 none, 1 some, 2 usage.
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
    """Whether it is the report or result of a spec."""
    return name.endswith(end) and is_spec(name[:-len(end)])


def specs_in(specs, place):
    """Yields (file name, digest) of the specs in a directory: "", ".claimed", "done" or "failed"."""
    for name in listed(os.path.join(specs, place)):
        path = os.path.join(specs, place, name)
        if is_spec(name) and not os.path.isdir(path):
            yield name, digest(read(path))


def files_below(top):
    """Returns the files and the directories below `top`, as relative paths."""
    files, directories = set(), set()
    for path, below, names in os.walk(top):
        files.update(os.path.relpath(os.path.join(path, name), top) for name in names)
        directories.update(os.path.relpath(os.path.join(path, name), top) for name in below)
    return files, directories


def check_sweep(path):
    """Yields what is wrong with a sweep directory."""
    if not os.path.isdir(path):
        yield "is not a directory"
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
        yield "has the manifest of %s" % name
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
            yield "has a %s that differs from its manifest (%d bytes)" % (file, len(data))
    if len(wanted) != manifest.get("n_files") or size != manifest.get("n_bytes"):
        yield "has %d files of %d bytes, other than its manifest" % (len(wanted), size)


class Check:
    def __init__(self, specs, queue, dropped, idle):
        self.specs, self.queue, self.dropped, self.idle = specs, queue, dropped, idle
        self.found = []
        self.known = {spec["digest"]: spec for spec in dropped}
        self.places = {}  # digest of the spec: paths
        self.sweeps = {}  # digest of the spec: sweep directories

    def say(self, kind, text, *arguments):
        self.found.append((kind, text % arguments))

    def look_for_specs(self):
        for place, label in PLACES.items():
            for name, sha256 in specs_in(self.specs, place):
                where = "%s/%s" % (label, name)
                self.places.setdefault(sha256, []).append(where)
                if sha256 not in self.known:
                    self.say("partial", "%s was not dropped (%d bytes)", where,
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
        """A result may be missing, but if it exists it names the sweep of its spec."""
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
            self.say("lost", "%s is missing", name)
        in_done = any(place.startswith("done/") for place in where)
        if spec["verdict"] == "good" and not sweeps and (in_done or spec.get("done")):
            self.say("lost", "%s was done but has no sweep directory", name)
        if spec["verdict"] == "bad" and in_done:
            self.say("wrong", "%s is invalid but in done/", name)
        if spec["verdict"] == "good" and any(place.startswith("failed/") for place in where):
            self.say("condemned", "%s is good but in failed/", name)

    def look_for_leftovers(self):
        for place, label in (("", "SPECS"), (".claimed", ".claimed")):
            for name, _ in specs_in(self.specs, place):
                self.say("waiting", "%s/%s still waits", label, name)
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
                    self.say("leftover", "%s/%s belongs to no spec", place, name)
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
