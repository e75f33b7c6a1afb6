# SPDX-License-Identifier: Apache-2.0
"""The invariant checker accepts a good spool, and finds each of many mutations of one."""
import json
import os
import shutil

import invariants
import spool


def first(directory, end=""):
    return next(os.path.join(directory, name) for name in invariants.listed(directory)
                if name.endswith(end) and not name.startswith("."))


def remake(path, make):
    os.unlink(path)
    make(path)


def write(path, text):
    with open(path, "w", encoding="utf-8") as stream:
        stream.write(text)


def append(path):
    with open(path, "a", encoding="utf-8") as stream:
        stream.write(" ")


def change_manifest(sweep, key, value):
    with open(sweep + "/manifest.json", encoding="utf-8") as stream:
        manifest = json.load(stream)
    manifest[key] = value
    write(sweep + "/manifest.json", json.dumps(manifest))


# Each mutation of a good spool with the kind of violation that must be found. `s` is SPECS, `q` QUEUE,
# `w` a sweep directory in it.
MUTATIONS = {
    "a spec in done/ is gone": ("lost", lambda s, q, w: os.unlink(first(s + "/done", ".json"))),
    "a spec in failed/ is gone": ("lost", lambda s, q, w: os.unlink(first(s + "/failed", ".json"))),
    "a sweep is gone": ("lost", lambda s, q, w: shutil.rmtree(w)),
    "a spec is in two directories": ("twice", lambda s, q, w: shutil.copy(first(s + "/done", ".json"), s)),
    "a spec is claimed and done": ("twice", lambda s, q, w: shutil.copy(
        first(s + "/done", ".json"), s + "/.claimed/1-1-1-a.json")),
    "a sweep is there twice": ("twice", lambda s, q, w: shutil.copytree(w, w + "x")),
    "a spec is truncated": ("partial", lambda s, q, w: os.truncate(first(s + "/done", ".json"), 9)),
    "a sweep has another name": ("partial", lambda s, q, w: os.rename(w, w + "x")),
    "a sweep has no manifest": ("partial", lambda s, q, w: os.unlink(w + "/manifest.json")),
    "a manifest is empty": ("partial", lambda s, q, w: os.truncate(w + "/manifest.json", 0)),
    "a config is empty": ("partial", lambda s, q, w: os.truncate(first(w + "/configs"), 0)),
    "a config has one byte more": ("partial", lambda s, q, w: append(first(w + "/configs"))),
    "a config is missing": ("partial", lambda s, q, w: os.unlink(first(w + "/configs"))),
    "there is one more file": ("partial", lambda s, q, w: write(w + "/configs/x.yaml", "x")),
    "logs/ is missing": ("partial", lambda s, q, w: os.rmdir(w + "/logs")),
    "there is one more directory": ("partial", lambda s, q, w: os.mkdir(w + "/x")),
    "files are miscounted": ("partial", lambda s, q, w: change_manifest(w, "n_files", 3)),
    "bytes are miscounted": ("partial", lambda s, q, w: change_manifest(w, "n_bytes", 3)),
    "a file in the queue": ("partial", lambda s, q, w: write(q + "/x-12345678", "x")),
    "an empty directory in the queue": ("partial", lambda s, q, w: os.mkdir(q + "/x-12345678")),
    "a report is missing": ("report", lambda s, q, w: os.unlink(first(s + "/failed", ".txt"))),
    "a report is empty": ("report", lambda s, q, w: os.truncate(first(s + "/failed", ".txt"), 0)),
    "a result is not a link": ("report", lambda s, q, w: remake(
        s + "/done/a.json.sweep", lambda path: write(path, w))),
    "a result names another sweep": ("report", lambda s, q, w: remake(
        s + "/done/a.json.sweep", lambda path: os.symlink(w[:-8] + "12345678", path))),
    "a result without a spec": ("leftover", lambda s, q, w: os.symlink(w, s + "/done/x.json.sweep")),
    "a good spec failed": ("condemned", lambda s, q, w: os.rename(
        first(s + "/done", ".json"), s + "/failed/a.json")),
    "a bad spec is done": ("wrong", lambda s, q, w: os.rename(
        first(s + "/failed", ".json"), s + "/done/z.json")),
    "a spec waits": ("waiting", lambda s, q, w: os.rename(first(s + "/done", ".json"), s + "/a.json")),
    "a spec is claimed": ("waiting", lambda s, q, w: os.rename(
        first(s + "/done", ".json"), s + "/.claimed/1-1-1-a.json")),
    "a stage": ("leftover", lambda s, q, w: os.mkdir(q + "/.stage.1-1")),
    "a hidden file in SPECS": ("leftover", lambda s, q, w: write(s + "/.x.json.12", "")),
    "a hidden file in done/": ("leftover", lambda s, q, w: write(s + "/done/.x.json", "")),
    "a hidden file in failed/": ("leftover", lambda s, q, w: write(s + "/failed/.x.json", "")),
    "a claimed file that is not a spec": ("leftover", lambda s, q, w: write(s + "/.claimed/x", "")),
    "a report without a spec": ("leftover", lambda s, q, w: write(
        s + "/failed/x.json.report.txt", "x")),
}


def make_good(root):
    place = spool.Spool(root)
    place.drop("a.json", spool.good("a"), "good")
    place.drop("b.json", spool.good("b"), "good")
    place.drop("z.json", spool.invalid("z"), "bad")
    problems = list(place.run_to_idle())
    place.note_done()
    return place, problems + place.check(idle=True)


def run(_):
    top = spool.scratch()
    wrong = []
    try:
        place, problems = make_good(top + "/good")
        wrong += ["a good spool: %s: %s" % problem for problem in problems]
        for number, (name, (kind, mutate)) in enumerate(() if wrong else MUTATIONS.items()):
            copy = place.copy("%s/%d" % (top, number))
            mutate(copy.specs, copy.queue, first(copy.queue))
            found = copy.check(idle=True)
            if kind not in [its for its, _ in found]:
                wrong.append("%s: no violation \"%s\", but %s" % (name, kind, found))
    finally:
        shutil.rmtree(top)
    return "%d mutations" % len(MUTATIONS), wrong
