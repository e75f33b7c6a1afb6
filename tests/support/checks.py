# SPDX-License-Identifier: Apache-2.0
"""Counts the checks of a test script and prints the totals.

    check("the file exists", os.path.exists(path), "shown if it fails")
    sys.exit(finish())

The last line is "N passed, M failed"; `./dev test` shows the lines that begin with "skipped:". Exit
status: 0 all passed, 1 some failed or there were none, 77 some could not run on this machine.
"""
import os
import sys

passed = failed = skipped = 0
verbose = True  # also print what passed


def check(what, ok, detail=""):
    """Returns whether it is ok."""
    global passed, failed
    if ok:
        passed += 1
        if verbose:
            print(f"ok    {what}", flush=True)
    else:
        failed += 1
        print(f"FAIL  {what}" + (f": {detail}" if detail != "" else ""), flush=True)
    return bool(ok)


def skip_part(reason):
    """Goes on without a part that cannot run here."""
    global skipped
    skipped += 1
    print(f"skipped: {reason}", flush=True)


def skip(reason):
    """Exits: nothing of the script can run here."""
    print(f"skipped: {reason}", flush=True)
    sys.exit(77)


def program(variable):
    """The absolute path of a program that an environment variable names; skips without one."""
    path = os.path.abspath(os.environ.get(variable, ""))
    if not os.path.isfile(path) or not os.access(path, os.X_OK):
        skip(f"needs {variable}, the path of a program, in the environment")
    return path


def enter_venv(variable):
    """Goes on with the Python of the environment that a variable names, if it is set."""
    venv = os.environ.get(variable)
    if venv and os.path.abspath(venv) != sys.prefix:
        python = os.path.join(os.path.abspath(venv), "bin", "python")
        os.execv(python, [python, os.path.abspath(sys.argv[0]), *sys.argv[1:]])


def finish():
    """Prints the totals and returns the exit status."""
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    if failed or not passed:
        return 1
    return 77 if skipped else 0
