#!/usr/bin/env python3
"""Compares `sweepctl validate` with what torchtune did to thousands of configs.

usage: agreement.py VERDICTS SWEEPCTL [--refuse PERCENT] [--false PERCENT]
                    [--tolerated PERCENT] [--luck P] [--option OPTION]...

VERDICTS was recorded by judge.py. Prints how many of the runs that failed because of their config are
rejected, by sweepctl and by `tune validate`; how many of the finished ones are rejected, and why; how
many keys without any effect have no warning; and all misses, in groups with some ids (records.py
VERDICTS ID prints one).

Not every error for a finished run is a false alarm: torchtune reads "no" as true. So changes that are
correct by construction are counted separately from doubtful ones that torchtune tolerated.

With new changes the percentages vary by chance. With --luck they fail only if the result is less
probable than P for a program that just meets the thresholds.

Exit status: 0 within the thresholds, 1 not, 2 usage.
"""

import argparse
import collections
import json
import math
import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True

import records

BATCH = 200
EXAMPLES = 3
PHASES = ("parse", "startup", "setup", "loaded", "training", "saving")
# Changes that put a key where it may have no effect.
UNREAD_KEYS = ("add-key", "misspell-key")


# --- run sweepctl -----------------------------------------------------------------


def lay_out(directory, head, recorded):
    """Writes empty data files and the configs; returns {recipe: [config]}."""
    for name in head.get("files", ()):
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).touch()
    files = collections.defaultdict(list)
    for record in recorded:
        file = directory / f"{record['id']}.yaml"
        file.write_bytes(record["text"].replace("@DIR@", str(directory)).encode())
        files[record["recipe"]].append(file)
    return files


def ask(sweepctl, recipe, files, options):
    """{id: findings, or None if sweepctl printed nothing for the file}."""
    command = [sweepctl, "validate", "--json", "--recipe", recipe, *options, *files]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=300)
    answers = dict.fromkeys(file.stem for file in files)
    if done.returncode not in (0, 3):
        print(f"agreement: {recipe}: exit status {done.returncode}: {done.stderr[-500:]}")
    for line in done.stdout.splitlines():
        try:
            answer = json.loads(line)
            answers[Path(answer["file"]).stem] = answer["findings"]
        except (ValueError, KeyError, TypeError):
            print(f"agreement: not an answer: {line[:200]}")
    return answers


def ask_all(sweepctl, head, recorded, options):
    answers = {}
    with tempfile.TemporaryDirectory(prefix="agreement.") as top:
        for recipe, files in lay_out(Path(top), head, recorded).items():
            for start in range(0, len(files), BATCH):
                answers.update(ask(sweepctl, recipe, files[start:start + BATCH], options))
    return answers


# --- the comparison ----------------------------------------------------------------


class Comparison:
    """Records with the findings of sweepctl."""

    def __init__(self, recorded, answers):
        self.recorded, self.answers = recorded, answers
        failed = [record for record in recorded if record["verdict"] == "failed"]
        finished = [record for record in recorded if record["verdict"] == "finished"]
        self.config = [record for record in failed if record["reason"] == "config"]
        self.environment = [record for record in failed if record["reason"] != "config"]
        self.useful = [record for record in finished if not learned_nothing(record)]
        self.useless = [record for record in finished if learned_nothing(record)]
        self.right = [record for record in self.useful if record["benign"]]
        self.tolerated = [record for record in self.useful if not record["benign"]]

    def findings(self, record, severity):
        return [finding for finding in self.answers[record["id"]] or ()
                if finding["severity"] == severity]

    def refused(self, some):
        return [record for record in some if self.findings(record, "error")]

    def percent_refused(self, some):
        return percent(len(self.refused(some)), len(some))

    def row(self, title, some):
        """One line: how many of SOME each of the two checkers rejects."""
        mine = len(self.refused(some))
        theirs = sum(record.get("validate") != "ok" for record in some)
        print(f"  {title:29} {share(mine, len(some)):>24} {share(theirs, len(some)):>24}")

    def groups_of(self, some, severity):
        """[(group, id)] of the findings for SOME."""
        return [(f"{finding['code']} at {finding.get('path')}", record["id"])
                for record in some for finding in self.findings(record, severity)]


def learned_nothing(record):
    """Whether a run finished without any change of weights, or only to NaN."""
    if record.get("last_loss") in ("nan", "inf", "-inf"):
        return True
    if "trained" in record:
        return not record["trained"]
    return record["steps"] == 0 and not record.get("same_weights")


def percent(part, whole):
    return 100.0 * part / whole if whole else 0.0


def share(part, whole):
    return f"{part} of {whole} ({percent(part, whole):.1f} %)"


def change(record):
    return f"{record['kind']} {record['path']} -> {record['new'][:30]}"


def print_groups(title, pairs):
    """Prints [(group, id)], the largest groups first."""
    groups = collections.defaultdict(list)
    for group, identity in pairs:
        groups[group].append(identity)
    print(f"\n{title}: {len(pairs)}")
    for group, members in sorted(groups.items(), key=lambda item: (-len(item[1]), item[0])):
        print(f"  {len(members):4}  {group}  [{' '.join(members[:EXAMPLES])}]")


def print_table(comparison):
    counts = collections.Counter(record["verdict"] for record in comparison.recorded)
    print(f"{len(comparison.recorded)} mutations: "
          + ", ".join(f"{count} {name}" for name, count in counts.most_common()))
    print(f"{'refused, of runs that':31} {'sweepctl validate':>24} {'tune validate':>24}")
    comparison.row("failed by the config", comparison.config)
    for phase in PHASES:
        some = [record for record in comparison.config if record["phase"] == phase]
        if some:
            comparison.row(f"  at {phase}", some)
    comparison.row("failed by the environment", comparison.environment)
    comparison.row("finished after a right change", comparison.right)
    comparison.row("  after a doubtful one", comparison.tolerated)
    comparison.row("  but learned nothing", comparison.useless)


def print_misses(comparison):
    missed = [record for record in comparison.config if not comparison.findings(record, "error")]
    print_groups("failed by the config, without an error", [
        (f"{record['error']} at {record['path']} ({record['kind']}): {record['message'][:70]!r}",
         record["id"]) for record in missed])
    print_groups("errors after right changes", comparison.groups_of(comparison.right, "error"))
    print_groups("warnings after right changes", comparison.groups_of(comparison.right, "warning"))
    doubtful = comparison.groups_of(comparison.tolerated, "error")
    codes = collections.Counter(group.split(" at ")[0] for group, _ in doubtful)
    print("\nerrors after doubtful changes that torchtune tolerated, by code: "
          + (", ".join(f"{code} {count}" for code, count in codes.most_common()) or "none"))
    print_groups("errors after doubtful changes that torchtune tolerated", doubtful)


def print_unread(comparison):
    """Keys without any effect and without a finding."""
    unread = [record for record in comparison.useful
              if record["kind"] in UNREAD_KEYS and record.get("same_weights")]
    silent = [record for record in unread if not comparison.findings(record, "error")
              and not comparison.findings(record, "warning")]
    print("\nadded or misspelt keys that changed nothing, with a warning or an error: "
          + share(len(unread) - len(silent), len(unread)))
    print_groups("without", [(change(record), record["id"]) for record in silent])


def outside(bad, total, most, luck):
    """Whether `bad` of `total` exceed the share `most`: more than that and, with luck, as many or more in
    less than `luck` of all samples."""
    if total == 0 or bad <= total * most:
        return False
    if luck == 0:
        return True
    log = [math.lgamma(total + 1) - math.lgamma(k + 1) - math.lgamma(total - k + 1) +
           k * math.log(most) + (total - k) * math.log1p(-most) for k in range(bad, total + 1)]
    return sum(map(math.exp, log)) < luck


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("verdicts")
    parser.add_argument("sweepctl")
    parser.add_argument("--refuse", type=float, default=98.0,
                        help="least percentage of the config's failures to be refused")
    parser.add_argument("--false", type=float, default=1.0, dest="wrong",
                        help="largest percentage of runs with right changes that may be refused")
    parser.add_argument("--tolerated", type=float, default=100.0,
                        help="the same for doubtful changes that torchtune tolerated")
    parser.add_argument("--luck", type=float, default=0,
                        help="the thresholds hold for a program, and these are new samples of it")
    parser.add_argument("--option", action="append", default=[],
                        help="a further option for sweepctl validate")
    options = parser.parse_args()
    head, _, recorded = records.read(options.verdicts)
    answers = ask_all(os.path.abspath(options.sweepctl), head, recorded, options.option)
    comparison = Comparison(recorded, answers)
    print_table(comparison)
    print_misses(comparison)
    print_unread(comparison)
    unheard = [identity for identity, findings in answers.items() if findings is None]
    if unheard:
        print(f"\nno answer for {len(unheard)} files: {' '.join(unheard[:10])}")
    refused = comparison.percent_refused(comparison.config)
    wrong = comparison.percent_refused(comparison.right)
    tolerated = comparison.percent_refused(comparison.tolerated)
    n_config, n_right = len(comparison.config), len(comparison.right)
    good = not unheard and tolerated <= options.tolerated and \
        not outside(round(n_config * (100 - refused) / 100), n_config, 1 - options.refuse / 100,
                    options.luck) and \
        not outside(round(n_right * wrong / 100), n_right, options.wrong / 100, options.luck)
    print(f"\n{'within' if good else 'OUTSIDE'} the thresholds: {refused:.2f} % of the config's "
          f"failures refused (at least {options.refuse:g}), {wrong:.2f} % of the right changes "
          f"(at most {options.wrong:g}), {tolerated:.2f} % of the tolerated ones (at most "
          f"{options.tolerated:g})")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
