#!/usr/bin/env python3
"""Ask torchtune itself about configs: `tune validate`, for many in one process.

usage: validate_configs.py [--show KEY]... CONFIG...   (with the Python of `venv`)

For each CONFIG one line of JSON: {"config": PATH, "error": TEXT or null,
"values": {KEY: the value at that dotted KEY, interpolations resolved}}.
`tune validate` spends three seconds on imports for each file; here that is
paid once.  Exit status: 0 all are valid, 1 some are not, 77 no torchtune.
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
    """What `tune validate` has against the file, or None."""
    # It reports some faults tidily and dies of others with a traceback; both
    # are refusals, hence no narrower exception.
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
