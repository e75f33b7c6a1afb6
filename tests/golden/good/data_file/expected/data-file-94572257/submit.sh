#!/bin/bash
# Submits data-file: 4 runs in 1 job array, and prints the job ids.
# The jobs start in the directory that this is called from; relative paths in the configs
# begin there. Arguments are passed on to sbatch.
set -euo pipefail

sweep=$(CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
mkdir -p "$sweep/logs"
logs=${sweep//%/%%}/logs
sbatch --parsable --output="$logs/%x-%A_%a.out" "$@" "$sweep/sweep.sbatch" "$sweep"
