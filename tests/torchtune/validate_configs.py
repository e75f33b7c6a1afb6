#!/usr/bin/env python3
"""`tune validate` for many configs in one process.

usage: validate_configs.py [--show KEY]... CONFIG...

Needs the Python of TORCHTUNE_VENV. Prints a line of JSON per CONFIG: {"config": PATH, "error": TEXT or
null, "values": {KEY: the value at that dotted KEY, interpolations resolved}}. `tune validate` needs three
seconds for imports per file; here that happens once. Exit status: 0 all are valid, 1 some are not, 77
torchtune is missing.
"""

import argparse
import json
import sys

try:
    from omegaconf import OmegaConf
    from torchtune import config as torchtune_config
except ImportError as error:
    print(f"validate_configs.py: needs the Python of TORCHTUNE_VENV: {error}", file=sys.stderr)
    sys.exit(77)


def problem(path):
    """The error of `tune validate`, or None."""
    # It reports some errors and crashes at others; both count as rejected.
    try:
        torchtune_config.validate(OmegaConf.load(path))
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--show", action="append", default=[], metavar="KEY")
    parser.add_argument("configs", nargs="+", metavar="CONFIG")
    args = parser.parse_args()
    failed = False
    for path in args.configs:
        error = problem(path)
        values = {}
        if error is None:
            config = OmegaConf.load(path)
            values = {key: OmegaConf.select(config, key) for key in args.show}
        failed |= error is not None
        print(json.dumps({"config": path, "error": error, "values": values}))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
