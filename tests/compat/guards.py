#!/usr/bin/env python3
"""Each known way for a run to fail is a rule, another check, or listed as undetected.

    tests/compat/guards.py SWEEPCTL PROFILE SITE_PACKAGES

G1 to G74 are checks in torchtune, I1 to I26 failures that it does not check. Each is the number of a
complete rule of PROFILE (examples.py tests the rules), or of a check for any trainer, tested here, or
listed as undetected, with the reason. Each of their codes has a page.

Exit status: 0 passed, 1 failed, 77 something is missing.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

from examples import Asker, changed, load, merged

NUMBERS = [f"G{number}" for number in range(1, 75)] + [f"I{number}" for number in range(1, 27)]
# Those that depend on the config, alone or with facts of the host.
DECIDED = set(NUMBERS) - set(
    "G22 G38 G39 G40 G56 G57 G58 G60 G67 G70 G72 I13 I18 I24 I26".split())
FIELDS = ("id code severity message hint at phase source why executed example").split()

BASE = "llama2/7B_lora_single_device"
# Checks that are not rules, for a change of a config: (code, path, example).
CHECKS = {
    "G74": ("unresolved-interpolation", "metric_logger.log_dir",
            {"set": {"metric_logger.log_dir": "${nowhere}/logs"}}),
    "I1": ("missing-key", "epochs", {"delete": ["epochs"]}),
    "I2": ("missing-key", "model", {"delete": ["model.lora_rank"]}),
    "I8": ("unknown-argument", "optimizer.fused",
           {"set": {"optimizer._component_": "bitsandbytes.optim.PagedAdamW",
                    "optimizer.fused": True}}),
}
# The same for a sweep: (code, the spec without its name).
SWEEPS = {
    "I21": ("output-collision", {"base": BASE, "grid": {"seed": [1, 11], "epochs": [1, 11]},
                                 "output_dir": "out/{epochs}{seed}"}),
    "I25": ("dead-axis", {"base": "llama2/7B_full_low_memory", "grid": {"seed": [1, 2]}}),
}


def check_rows(profile):
    """Yields (number, error) for the rules of the profile."""
    rules = profile["rules"] + profile["path_checks"]
    told = {entry["id"] for entry in profile["undetected"] if "id" in entry}
    for rule in rules:
        lacks = [field for field in FIELDS if rule.get(field) in (None, "")]
        if rule.get("no_example") and "example" in lacks:
            lacks.remove("example")
        if "when" not in rule and "path" not in rule:
            lacks.append("when or path")
        yield f"{rule['id']} {rule['code']}", "lacks " + ", ".join(lacks) if lacks else ""
    ruled = {rule["id"] for rule in rules} | {row["id"] for row in profile["inert"]}
    for number in NUMBERS:
        found = number in ruled or number in CHECKS or number in SWEEPS
        error = "" if found or number not in DECIDED else "is found by nothing"
        if not found and number not in told:
            error = error or "is not found, and nothing says so"
        if found and number in told:
            error = "is found, and said to be undetected"
        yield number, error


def check_checks(sweepctl, profile, site):
    """Yields (number, error) for the checks that are not rules."""
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
    """Yields (code, error) for the page of each code."""
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
    for name, error in checks:
        if error:
            print(f"FAIL  {name}: {error}")
    failed = sum(1 for _, error in checks if error)
    print(f"{len(checks) - failed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    if len(sys.argv) != 4 or not pathlib.Path(sys.argv[3], "recipes/configs").is_dir():
        print("skipped: needs SWEEPCTL, PROFILE and a directory with recipes/configs: torchtune"
              " 0.6.1")
        sys.exit(77)
    sys.exit(main(*sys.argv[1:]))
