#!/usr/bin/env python3
"""Our reader reads each config that torchtune ships like OmegaConf.

    tests/compat/load_all.py YAML2JSON SITE_PACKAGES

YAML2JSON prints how our reader reads a file; SITE_PACKAGES contains torchtune 0.6.1, an installation or
the unpacked wheel. Keys, their order, values and types must be the same at all levels. Exit status: 0 no
difference, 1 differences, 77 something is missing.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from bases import difference, flat

CONFIGS = 156


def skip(need):
    print("skipped: needs %s" % need)
    sys.exit(77)


def check_file(program, path):
    """How our reader differs for a config, or ""."""
    from omegaconf import OmegaConf

    done = subprocess.run([program, str(path)], capture_output=True, timeout=60, check=False)
    if done.returncode != 0:
        return "exit status %d: %s" % (done.returncode, done.stderr.decode("utf-8", "replace"))
    lines = done.stdout.decode("utf-8").split("\n")
    if len(lines) != 2 or lines[1]:
        return "%d lines instead of one" % (len(lines) - 1)
    real = OmegaConf.to_container(OmegaConf.load(path), resolve=False)
    return difference(flat(json.loads(lines[0])), flat(real))


def main():
    if len(sys.argv) != 3:
        print(__doc__.split("\n")[2], file=sys.stderr)
        return 2
    program = os.path.abspath(sys.argv[1])
    configs = Path(sys.argv[2], "recipes", "configs")
    if not os.access(program, os.X_OK):
        skip("the program %s" % program)
    if not configs.is_dir():
        skip("the directory that holds torchtune 0.6.1 (torchtune/ and recipes/)")
    try:
        import omegaconf  # noqa: F401
    except ImportError:
        skip("a Python with omegaconf (pip install omegaconf==2.3.0)")

    files = sorted(configs.rglob("*.yaml"))
    passed = failed = 0
    for path in files:
        error = check_file(program, path)
        if error:
            print("FAIL  %s: %s" % (path.relative_to(configs), error))
        passed += not error
        failed += bool(error)
    if len(files) != CONFIGS:
        print("FAIL  %d configs, torchtune 0.6.1 has %d" % (len(files), CONFIGS))
        failed += 1
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
