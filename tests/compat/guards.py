#!/usr/bin/env python3
"""See that every known way for a run to fail is a rule, another check, or said to be undetected.

usage: python3 tests/compat/guards.py SWEEPCTL PROFILE SITE_PACKAGES

torchtune's own guards are numbered G1 to G74, the ways to fail that it does not guard I1 to I26.
Each is the number of a rule of PROFILE with all that a rule has to say (examples.py tries the
rules), or of a check that is the same for every trainer and is tried here, or is listed as undetected
with the reason. Every code that any of them gives has a page.

Exit status: 0 so it is, 1 not, 77 something is missing.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

from examples import Asker, changed, load, merged

NUMBERS = [f"G{number}" for number in range(1, 75)] + [f"I{number}" for number in range(1, 27)]
# Those that a config decides, alone or with what is known of the host.
DECIDED = set(NUMBERS) - set(
    "G22 G38 G39 G40 G56 G57 G58 G60 G67 G70 G72 I13 I18 I24 I26".split())
FIELDS = ("id code severity message hint at phase source why executed example").split()

BASE = "llama2/7B_lora_single_device"
# Checks that are not rules, on a change of that config: (code, path, example).
CHECKS = {
    "G74": ("unresolved-interpolation", "metric_logger.log_dir",
            {"set": {"metric_logger.log_dir": "${nowhere}/logs"}}),
    "I1": ("missing-key", "epochs", {"delete": ["epochs"]}),
    "I2": ("missing-key", "model", {"delete": ["model.lora_rank"]}),
    "I8": ("unknown-argument", "optimizer.fused",
           {"set": {"optimizer._component_": "bitsandbytes.optim.PagedAdamW",
                    "optimizer.fused": True}}),
}
# And on a sweep: (code, what the spec has beside a name).
SWEEPS = {
    "I21": ("output-collision", {"base": BASE, "grid": {"seed": [1, 11], "epochs": [1, 11]},
                                 "output_dir": "out/{epochs}{seed}"}),
    "I25": ("dead-axis", {"base": "llama2/7B_full_low_memory", "grid": {"seed": [1, 2]}}),
}


def check_rows(profile):
    """Yield (number, complaint) for the rows of the profile."""
    rules = profile["rules"] + profile["path_checks"]
    told = {entry["id"] for entry in profile["undetected"] if "id" in entry}
    for rule in rules:
        lacks = [field for field in FIELDS if rule.get(field) in (None, "")]
        if "when" not in rule and "path" not in rule:
            lacks.append("when or path")
        yield f"{rule['id']} {rule['code']}", "lacks " + ", ".join(lacks) if lacks else ""
    ruled = {rule["id"] for rule in rules} | {row["id"] for row in profile["inert"]}
    for number in NUMBERS:
        found = number in ruled or number in CHECKS or number in SWEEPS
        complaint = "" if found or number not in DECIDED else "is found by nothing"
        if not found and number not in told:
            complaint = complaint or "is not found, and nothing says so"
        if found and number in told:
            complaint = "is found, and said to be undetected"
        yield number, complaint


def check_checks(sweepctl, profile, site):
    """Yield (number, complaint) for the checks that are not rules."""
    base = load(site / "recipes/configs" / (BASE + ".yaml"))
    recipe = "lora_finetune_single_device"
    with tempfile.TemporaryDirectory() as directory:
        asker = Asker(sweepctl, pathlib.Path(directory))
        names = {number: asker.add(changed(base, example), recipe, ())
                 for number, (_, _, example) in CHECKS.items()}
        asker.ask()
        for number, (code, path, _) in CHECKS.items():
            found = [(finding["code"], finding["path"])
                     for finding in asker.findings(names[number])]
            yield number, "" if (code, path) in found else f"not {code} at {path}, but {found}"
    for number, (code, spec) in SWEEPS.items():
        done = subprocess.run([sweepctl, "plan", "--torchtune", str(site), "-"], check=False,
                              input=json.dumps({"name": "x", **spec}), capture_output=True,
                              text=True)
        yield number, "" if f"[{code}]" in done.stderr else f"not {code}, but {done.stderr}"


def check_pages(sweepctl, profile):
    """Yield (code, complaint) for each code's page."""
    listed = subprocess.run([sweepctl, "validate", "--explain", "list"], check=False,
                            capture_output=True, text=True).stdout
    codes = {line.split()[0] for line in listed.splitlines() if line.strip()}
    wanted = {rule["code"] for rule in profile["rules"] + profile["path_checks"]}
    wanted |= {code for code, *_ in [*CHECKS.values(), *SWEEPS.values()]}
    yield "every code is listed", ", ".join(sorted(wanted - codes))
    for code in sorted(codes):
        done = subprocess.run([sweepctl, "validate", "--explain", code], check=False,
                              capture_output=True, text=True)
        good = done.returncode == 0 and done.stdout.startswith(code)
        yield f"--explain {code}", "" if good else done.stderr or "says nothing"


def main(sweepctl, profile, site):
    profile, site = merged(pathlib.Path(profile)), pathlib.Path(site)
    checks = [*check_rows(profile), *check_checks(sweepctl, profile, site),
              *check_pages(sweepctl, profile)]
    for name, complaint in checks:
        if complaint:
            print(f"FAIL  {name}: {complaint}")
    failed = sum(1 for _, complaint in checks if complaint)
    print(f"{len(checks) - failed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    if len(sys.argv) != 4 or not pathlib.Path(sys.argv[3], "recipes/configs").is_dir():
        print("skipped: needs SWEEPCTL, PROFILE and a directory with recipes/configs: torchtune"
              " 0.6.1")
        sys.exit(77)
    sys.exit(main(*sys.argv[1:]))
