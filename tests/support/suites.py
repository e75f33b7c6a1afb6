#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs test suites in builds that `./dev test` has made, and prints the totals.

    tests/support/suites.py [--sanitized SUITE,...] SUITE...    in build/, some also in build-asan/; the
                                                             suite unit also with valgrind
    tests/support/suites.py --coverage SUITE...                 in build-coverage/ only

With CI=true in the environment a skipped test counts as failed. The last line is the total: "N passed,
M failed". Exit status: 0 all passed, 1 some failed or none ran.
"""
import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SANITIZERS = {
    "ASAN_OPTIONS": "detect_leaks=1:halt_on_error=1:abort_on_error=1:print_summary=1",
    "UBSAN_OPTIONS": "halt_on_error=1:abort_on_error=1:print_stacktrace=1",
    "SWEEP_SLOW_CASES": "1000",  # of random tests that take milliseconds a case
}
# In one process, so that valgrind sees its end; fewer random cases, because each takes 50 times longer.
VALGRIND = {"CK_FORK": "no", "SWEEP_CASES": "25"}


def run_suites(label, build, suites, options=(), environment=None):
    """Runs them and returns [(label, name, result, output)]."""
    print(f"\n== {label}: {' '.join(suites)}", flush=True)
    logs = ROOT / build / "meson-logs"
    for log in logs.glob("testlog*"):
        log.unlink()
    names = [word for suite in suites for word in ("--suite", suite)]
    # The exit status has no more information than the log.
    subprocess.run(["meson", "test", "-C", build, "--no-rebuild", "--print-errorlogs", *names, *options],
                   cwd=ROOT, stdin=subprocess.DEVNULL, env={**os.environ, **(environment or {})},
                   check=False)
    results = []
    for log in logs.glob("testlog*.json"):
        for line in log.read_text("utf-8", "replace").splitlines():
            test = json.loads(line)
            output = (test.get("stdout") or "") + "\n" + (test.get("stderr") or "")
            results.append((label, test["name"], test["result"], output))
    return results or [(label, "no test", "did not run", "")]


def skip_reason(output):
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    reasons = [line for line in lines if "skip" in line.lower()] or lines
    return reasons[-1] if reasons else "no reason given"


def print_totals(results):
    """Returns the number of failures."""
    strict = os.environ.get("CI") == "true"
    passed = failed = skipped = 0
    print()
    for label, name, result, output in results:
        if result in ("OK", "EXPECTEDFAIL"):
            passed += 1
        elif result == "SKIP":
            failed += strict
            skipped += not strict
            note = " (a failure with CI=true)" if strict else ""
            print(f"skipped{note}: {label}: {name}: {skip_reason(output)}")
        else:
            failed += 1
            print(f"failed: {label}: {name}: {result.lower()}")
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""), flush=True)
    return failed


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--sanitized", default="")
    parser.add_argument("--coverage", action="store_true")
    parser.add_argument("suites", nargs="+")
    options = parser.parse_args()
    if options.coverage:
        results = run_suites("coverage", "build-coverage", options.suites, ["--timeout-multiplier", "4"])
        return 1 if print_totals(results) else 0
    results = run_suites("debug", "build", options.suites)
    sanitized = [suite for suite in options.sanitized.split(",") if suite]
    if sanitized:
        results += run_suites("sanitizers", "build-asan", sanitized, ["--timeout-multiplier", "4"],
                              SANITIZERS)
    if "unit" in options.suites:
        results += run_suites("valgrind", "build", ["unit"], [
            "--timeout-multiplier", "20", "--wrap",
            "valgrind -q --error-exitcode=99 --leak-check=full"], VALGRIND)
    return 1 if print_totals(results) else 0


if __name__ == "__main__":
    sys.exit(main())
